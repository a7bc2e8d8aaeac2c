/** @file The slopes that are open to choice on a box, and how few changes of them say what a leaf needs. */
import { adaptiveSlope, slopeStep } from '../bounds/recording.ts';
import type { Changes, SiteChange } from '../check/certificate/steps.ts';
import type { CheckSession, Path } from '../check/contracts.ts';
import { startsOf } from './hints.ts';

export interface OpenSlopes {
  /** Of all sites, one behind the other. */
  readonly count: number;
  /** What of α is far from a base, at least by a step. @param base, alpha −1: CROWN's choice */
  readonly farFrom: (base: Int16Array, alpha: Int16Array, step?: number) => Changes;
  /** A base with changes. */
  readonly changed: (base: Int16Array, changes: Changes) => Int16Array;
}

/** @param path whose bounds say which lines are open to choice */
export function openSlopes(session: CheckSession, path: Path): OpenSlopes {
  const starts = startsOf(session.sites.map(({ outputs }) => outputs));
  const open = session.sites.map((_, site) => {
    const { lower, upper } = session.bounds(path, site);
    const elements = [...lower.keys()].filter((i) => lower[i] < 0 && upper[i] > 0);
    return {
      elements: Uint32Array.from(elements),
      adaptive: Uint8Array.from(elements, (i) => adaptiveSlope(lower[i], upper[i])),
    };
  });
  return {
    count: starts.at(-1)!,
    farFrom(base, alpha, step = slopeStep) {
      const changes: SiteChange[] = [];
      open.forEach(({ elements, adaptive }, site) => {
        const far: number[] = [];
        const bytes: number[] = [];
        for (let k = 0; k < elements.length; k++) {
          const slot = starts[site] + elements[k];
          if (alpha[slot] < 0) continue;
          const known = base[slot] < 0 ? adaptive[k] : base[slot];
          if (Math.abs(alpha[slot] - known) < step) continue;
          far.push(elements[k]);
          bytes.push(alpha[slot]);
        }
        if (far.length > 0)
          changes.push({ site, elements: Uint32Array.from(far), alphas: Uint8Array.from(bytes) });
      });
      return changes;
    },
    changed(base, changes) {
      const copy = base.slice();
      for (const { site, elements, alphas } of changes)
        elements.forEach((element, k) => (copy[starts[site] + element] = alphas[k]));
      return copy;
    },
  };
}
