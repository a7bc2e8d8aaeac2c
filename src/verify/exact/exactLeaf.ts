/** @file Deciding leaves of branch and bound: domains on which gradient-based bounds can do no more. */
import type { Box } from '../../bounds/box.ts';
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import type { CompactSite } from '../../bounds/compact.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { Domain } from '../domain.ts';
import { boundsOnDomain } from '../refineDomain.ts';
import type { Conjunction } from '../specification.ts';
import type { Sides } from './encode.ts';
import { highs } from './highs.ts';
import { solveDomain } from './linearProgram.ts';
import { partRecorder, type ClosedPart } from './recordedParts.ts';

export interface ExactLeafOptions {
  /** Tells whether a point of the bounded network's input is a counterexample, by replay on the original. */
  readonly tryCandidate: (point: Float32Array) => Promise<boolean>;
  /** Told of every part that a program closes. */
  readonly onClosed?: ((part: ClosedPart, conjunction: Conjunction) => void) | undefined;
  /** Called between linear programs; throws to stop. */
  readonly checkpoint?: () => void;
  readonly remainingSeconds?: () => number;
  /** Linear programs for one leaf at most. */
  readonly maxPrograms?: number;
}

/** Solves leaves of one box. */
export interface LeafSolver {
  /**
   * `closed`: no counterexample of the conjunction on the domain; `falsified`: `tryCandidate` accepted one;
   * `undefined`: neither could be shown (time, the limit of programs, unsupported layers, a margin within rounding).
   */
  readonly decideLeaf: (
    domain: Pick<Domain, 'splits' | 'bounds'> & Partial<Pick<Domain, 'alpha'>>,
    conjunction: Conjunction,
  ) => Promise<'closed' | 'falsified' | undefined>;
  /** Linear programs solved so far. */
  readonly programs: () => number;
}

/**
 * A leaf solver. Where neurons of a domain are still unstable (they did not seem to matter) it splits them itself,
 * depth first, the neuron with the widest gap of the linear program's solution first; each program closes its part by a
 * safe bound, so the answer is exact up to the rounding that safe bounds concede.
 * Piecewise kinds are split at their kink, so that a side is a piece; a network with other kinds is not supported.
 * @param sites compact neurons that the domains' splits refer to, by site number
 */
export function exactLeaf(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  sites: readonly CompactSite[],
  {
    tryCandidate,
    onClosed,
    checkpoint = () => {},
    remainingSeconds = () => Infinity,
    maxPrograms = 2000,
  }: ExactLeafOptions,
): LeafSolver {
  let programs = 0;

  const recorder = partRecorder(sites);

  const sidesOf = (splits: Domain['splits']): Record<string, Int8Array> => {
    const sides: Record<string, Int8Array> = Object.fromEntries(
      sites.map((s) => [s.name, new Int8Array(s.size)]),
    );
    for (const { site, neuron, side } of splits) sides[sites[site].name][sites[site].index[neuron]] = side;
    return sides;
  };

  const withSide = (sides: Sides, relu: string, neuron: number, side: 1 | -1): Sides => {
    const changed = sides[relu].slice();
    changed[neuron] = side;
    return { ...sides, [relu]: changed };
  };

  return {
    programs: () => programs,
    async decideLeaf(domain, conjunction) {
      const { splits, bounds } = domain;
      const solver = await highs();
      const known = bounds ? boundsOnDomain(root, sites, domain) : root;
      const open: { readonly sides: Sides; readonly splits: Domain['splits'] }[] = [
        { sides: sidesOf(splits), splits },
      ];
      let undecided = false;
      for (let solved = 0; open.length > 0; solved++) {
        checkpoint();
        if (solved >= maxPrograms) return undefined;
        const { sides, splits: taken } = open.pop()!;
        programs++;
        const found = solveDomain(solver, net, box, known, sides, conjunction, remainingSeconds());
        if (found.kind === 'unsupported') return undefined;
        if (found.kind === 'infeasible' || (found.kind === 'optimal' && found.lower > 0)) {
          onClosed?.(recorder.part(taken, found.multipliers, domain.alpha), conjunction);
          continue;
        }
        if (found.kind === 'stopped') {
          undecided = true;
          continue;
        }
        if (await tryCandidate(Float32Array.from(found.point))) return 'falsified';
        const [widest] = found.gaps;
        if (!widest) {
          undecided = true;
          continue;
        }
        const { relu, neuron } = widest.neuron;
        const place = recorder.place(relu, neuron);
        for (const side of [-1, 1] as const)
          open.push({
            sides: withSide(sides, relu, neuron, side),
            splits: place ? [...taken, { ...place, point: 0, side }] : taken,
          });
      }
      return undecided ? undefined : 'closed';
    },
  };
}
