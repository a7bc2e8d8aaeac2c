/** @file What bounds tell whoever writes proofs down: the slopes with which rows reached their bounds. */
import type { CompactSite } from './compact.ts';

/** Slopes of one site's lower lines, in units of 1/255, where they are far from CROWN's (`adaptiveSlope`). */
export interface SiteSlopes {
  /** The nonlinear layer's name. */
  readonly site: string;
  /** Places in the layer, beside `alpha`. */
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

/** CROWN's choice of least area, in units of 1/255. */
export const adaptiveSlope = (lower: number, upper: number): number => (upper >= -lower ? 255 : 0);

/** Slopes nearer to one another are as good as the same. */
export const slopeStep = 4;

/**
 * Slopes of one row of a batch, for the kinds that have one variable a neuron.
 * @param alpha in [0, 1] by site's name, [rows, places] or [1, places]
 */
export function slopesOfRow(
  sites: readonly CompactSite[],
  alpha: Readonly<Record<string, { readonly data: unknown }>>,
  row: number,
): SiteSlopes[] {
  return sites
    .filter(({ member }) => member.variables === 1)
    .map(({ name, index, count, lower, upper }) => {
      const all = alpha[name].data as Float32Array;
      const from = all.length > index.length ? row * index.length : 0;
      const far: number[] = [];
      const bytes: number[] = [];
      for (let i = 0; i < count; i++) {
        if (!(lower[i] < 0 && upper[i] > 0)) continue;
        const byte = Math.round(255 * Math.min(1, Math.max(0, all[from + i])));
        if (Math.abs(byte - adaptiveSlope(lower[i], upper[i])) < slopeStep) continue;
        far.push(index[i]);
        bytes.push(byte);
      }
      return { site: name, index: Int32Array.from(far), alpha: Uint8Array.from(bytes) };
    });
}
