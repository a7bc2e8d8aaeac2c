/** @file What bounds tell whoever writes proofs down: the slopes with which rows reached their bounds. */
import type { CompactSite } from './compact.ts';

/** Slopes of one site's lower lines, in units of 1/255. */
export interface SiteSlopes {
  /** The nonlinear layer's name. */
  readonly site: string;
  /** Places in the layer, beside `alpha`; others have no slope of their own. */
  readonly index: Int32Array;
  readonly alpha: Uint8Array;
}

/** The row that bounds one intermediate neuron from one side. */
export interface NeuronRow {
  /** The nonlinear layer that reads the neuron, and the neuron's place in it. */
  readonly site: string;
  readonly neuron: number;
  /** +1: its lower bound, −1: its upper one. */
  readonly side: 1 | -1;
  readonly slopes: readonly SiteSlopes[];
}

/** α in [0, 1] → bytes. */
export const slopeBytes = (alpha: Float32Array): Uint8Array =>
  Uint8Array.from(alpha, (v) => Math.round(Math.min(1, Math.max(0, v)) * 255));

/**
 * Slopes of one row of a batch, for the kinds that have one variable a neuron; padding is left out.
 * @param alpha by site's name, [rows, places] or [1, places]
 */
export function slopesOfRow(
  sites: readonly CompactSite[],
  alpha: Readonly<Record<string, { readonly data: unknown }>>,
  row: number,
): SiteSlopes[] {
  return sites
    .filter(({ member }) => member.variables === 1)
    .map(({ name, index, count }) => {
      const all = alpha[name].data as Float32Array;
      const from = all.length > index.length ? row * index.length : 0;
      return {
        site: name,
        index: index.slice(0, count),
        alpha: slopeBytes(all.subarray(from, from + count)),
      };
    });
}
