/** @file One domain as a linear program: proved free of counterexamples, or a candidate found. */
import type { Highs } from 'highs';
import { ballNorm } from '../../bounds/ball.ts';
import type { Box } from '../../bounds/box.ts';
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { Conjunction } from '../specification.ts';
import { marginProgram } from './conjunction.ts';
import {
  encodeNetwork,
  inputPoint,
  relaxedNeurons,
  type EncodeOptions,
  type Encoding,
  type RelaxedNeuron,
  type Sides,
} from './encode.ts';
import { emptiness, solveLinear } from './highs.ts';
import { walkMultipliers, type WalkMultipliers } from './multipliers.ts';

/** What the linear program of a domain tells. */
export type DomainOutcome =
  /** No input of the box takes these sides; proved. */
  | { readonly kind: 'infeasible'; readonly multipliers: WalkMultipliers }
  | {
      readonly kind: 'optimal';
      /** Sound bound of the greatest row margin (row·y − bound) over the domain; > 0 closes it. */
      readonly lower: number;
      /** What shows it in a backward walk, about. */
      readonly multipliers: WalkMultipliers;
      /** The program's minimiser as a network input, row-major: a candidate counterexample where `lower` ≤ 0. */
      readonly point: Float64Array;
      /** Relaxed neurons, furthest from relu first, and by how much they miss it; none left: the point is exact. */
      readonly gaps: readonly { readonly neuron: RelaxedNeuron; readonly gap: number }[];
    }
  /** Time is over, or the solver could not prove what it claims. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'unsupported'; readonly what: string };

/** An l2 ball is met where a point is outside by no more than this. */
const leastExcess = 1e-7;

/**
 * Minimises the greatest row margin over the inputs of the box that take the given sides, unsplit unstable neurons by
 * the triangle relaxation. Where all are split this is exact: the network is affine there. The bound does not rest on
 * the solver's tolerances: it is the Lagrangian bound of its dual values (safeDualBound.ts), infeasibility is a checked
 * Farkas vector or a positive bound of the elastic program.
 */
export function solveDomain(
  solver: Highs,
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  sides: Sides,
  conjunction: Conjunction,
  seconds: number,
  options: Pick<EncodeOptions, 'weightError'> = {},
): DomainOutcome {
  const start = performance.now();
  const tangents: Float64Array[] = [];
  for (;;) {
    const left = seconds - (performance.now() - start) / 1000;
    const found = solveOnce(solver, net, box, root, sides, conjunction, left, { ...options, tangents });
    // What the linear program makes of an l2 ball is larger; tangents where its minimiser leaves the ball cut it off.
    if (found.kind !== 'optimal' || found.lower > 0 || tangents.length >= mostTangents) return found;
    const distance = box.l2 ? ballNorm(2, found.point, box.l2.center, box.l2.radius) : 0;
    if (distance <= 1 + leastExcess) return found;
    tangents.push(found.point);
  }
}

/** Rounds of tangents; each leaves about a quarter of the excess. */
const mostTangents = 16;

function solveOnce(
  solver: Highs,
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  sides: Sides,
  conjunction: Conjunction,
  seconds: number,
  options: Pick<EncodeOptions, 'weightError' | 'tangents'>,
): DomainOutcome {
  const encoding = encodeNetwork(net, box, root, { ...options, nonlinear: 'relaxed', sides });
  if (encoding.kind === 'unsupported') return encoding;
  const program = marginProgram(encoding, conjunction);
  const found = solveLinear(solver, program, seconds);
  const multipliers = (duals: Float64Array, withCost: boolean): WalkMultipliers =>
    walkMultipliers(encoding, program, conjunction.length, duals, withCost);
  if (found.kind !== 'optimal') {
    const farkas = emptiness(solver, program, found, seconds);
    return farkas ? { kind: 'infeasible', multipliers: multipliers(farkas, false) } : { kind: 'stopped' };
  }
  return {
    kind: 'optimal',
    lower: found.lower,
    multipliers: multipliers(found.duals, true),
    point: inputPoint(box, encoding, found.columns),
    gaps: gapsOf(encoding, found.columns),
  };
}

/** Gaps below this share of a neuron's reach are the solver's tolerance, not the relaxation's. */
const leastGap = 1e-7;

/** Relaxed neurons that a solution misses, furthest first, and by how much. */
export function gapsOf(
  encoding: Encoding,
  columns: Float64Array,
): { readonly neuron: RelaxedNeuron; readonly gap: number }[] {
  const { builder } = encoding;
  return relaxedNeurons(encoding)
    .map((neuron) => ({ neuron, gap: columns[neuron.after] - Math.max(0, columns[neuron.before]) }))
    .filter(({ neuron: { before }, gap }) => {
      const reach = Math.max(builder.upper[before], -builder.lower[before]);
      return Math.abs(gap) > leastGap * reach;
    })
    .sort((a, b) => b.gap - a.gap);
}
