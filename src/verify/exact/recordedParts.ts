/** @file What linear programs close, in the words of the search: compact neurons, bytes of slopes, β by split. */
import { startingAlpha, type CompactSite } from '../../bounds/compact.ts';
import type { Split } from '../domain.ts';
import type { WalkMultipliers } from './multipliers.ts';

/** A part of a domain that holds no counterexample, and the multipliers that show it. */
export interface ClosedPart {
  readonly splits: readonly Split[];
  /** Of the conjunction's rows; all 0: the part is empty. */
  readonly weights: Float64Array;
  /** By site number, in units of 1/255. */
  readonly alpha: readonly Uint8Array[];
  /** By split. */
  readonly beta: Float32Array;
}

export interface PartRecorder {
  /** The compact place of a layer's neuron; undefined where the root has found it stable. */
  readonly place: (
    relu: string,
    neuron: number,
  ) => { readonly site: number; readonly neuron: number } | undefined;
  /** @param alpha slopes where the program does not care; default CROWN's */
  readonly part: (
    splits: readonly Split[],
    multipliers: WalkMultipliers,
    alpha?: readonly Uint8Array[],
  ) => ClosedPart;
}

/** @param sites compact neurons, by site number */
export function partRecorder(sites: readonly CompactSite[]): PartRecorder {
  const numbers = new Map(sites.map(({ name }, site) => [name, site] as const));
  const compact = sites.map(
    ({ index, count }) => new Map(Array.from({ length: count }, (_, i) => [index[i], i] as const)),
  );
  const place: PartRecorder['place'] = (relu, neuron) => {
    const site = numbers.get(relu);
    const own = site === undefined ? undefined : compact[site].get(neuron);
    return own === undefined ? undefined : { site: site!, neuron: own };
  };
  const crown = (): Uint8Array[] =>
    sites.map((site) => Uint8Array.from(startingAlpha(site, 'adaptive'), (a) => Math.round(255 * a)));
  return {
    place,
    part(splits, { weights, slopes, betas }, alpha = crown()) {
      const own = alpha.map((bytes) => bytes.slice());
      for (const { relu, neuron, value } of slopes) {
        const at = place(relu, neuron);
        if (at) own[at.site][at.neuron] = Math.round(255 * value);
      }
      // Infeasible domains are shown at any scale; what numbers there are is kept within f32.
      const most = betas.reduce((largest, { value }) => Math.max(largest, value), 0);
      const scale = weights.some((w) => w > 0) || most === 0 ? 1 : 1 / most;
      const byPlace = new Map(
        betas.map(({ relu, neuron, value }) => {
          const at = place(relu, neuron);
          return [`${at?.site} ${at?.neuron}`, value * scale] as const;
        }),
      );
      const beta = Float32Array.from(splits, ({ site, neuron }) => byPlace.get(`${site} ${neuron}`) ?? 0);
      return { splits, weights, alpha: own, beta };
    },
  };
}
