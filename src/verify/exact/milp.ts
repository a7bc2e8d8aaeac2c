/** @file Exact minima by mixed-integer programming (Tjeng, Xiao & Tedrake 2019). */
import type { Box } from '../../bounds/box.ts';
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { Conjunction, OutputRow } from '../specification.ts';
import { marginProgram } from './conjunction.ts';
import { encodeNetwork, inputPoint, type EncodeOptions } from './encode.ts';
import { highs, solveInteger } from './highs.ts';

/**
 * How far a margin must lie from 0, relative to max(1, size of the outputs), before it is taken for its sign.
 *
 * Unlike the linear programs of leaves, a mixed-integer optimum rests on HiGHS' tolerances: rows and whole numbers
 * are met to 1e-9 (a binary column of 1e-9 lets a neuron with bound u deviate by 1e-9·u, and later layers enlarge it),
 * the gap is closed to 1e-9. 1e-6 leaves them three orders of magnitude.
 */
export const milpTolerance = 1e-6;

export interface MilpOptions extends Pick<EncodeOptions, 'weightError'> {
  /** HiGHS computes synchronously: nothing but this limit ends it. */
  readonly timeoutSeconds?: number;
  /** Stop as soon as the sign of the minimum is known (within `milpTolerance`). */
  readonly signOnly?: boolean;
}

/** Minimum of the greatest row margin, max over rows of row·y − bound, over the box. */
export type MilpOutcome =
  | {
      readonly kind: 'optimal' | 'stopped';
      /** No margin is below `lower` − `tolerance`. */
      readonly lower: number;
      /** Margin of the best solution as the solver sees it; +Infinity without one. */
      readonly upper: number;
      /** The best solution's input, row-major. */
      readonly point?: Float64Array;
      /** What `lower` must exceed to close the conjunction. */
      readonly tolerance: number;
      readonly nodes: number;
    }
  | { readonly kind: 'unsupported'; readonly what: string };

/**
 * Minimises a row (or, for several, the greatest of them) exactly.
 * @param root sound bounds of pre-activations: the tighter, the faster
 */
export async function milpBound(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  rows: OutputRow | Conjunction,
  { timeoutSeconds = Infinity, signOnly = false, ...options }: MilpOptions = {},
): Promise<MilpOutcome> {
  const start = performance.now();
  const conjunction = 'coefficients' in rows ? [rows] : rows;
  const encoding = encodeNetwork(net, box, root, { ...options, nonlinear: 'integer' });
  if (encoding.kind === 'unsupported') return encoding;
  const program = marginProgram(encoding, conjunction);
  const size = Math.max(
    1,
    ...conjunction.map(({ coefficients, bound }) =>
      coefficients.reduce((sum, c, i) => sum + Math.abs(c) * encoding.outputs[i].reach, Math.abs(bound)),
    ),
  );
  const tolerance = milpTolerance * size;
  const solver = await highs();
  const left = timeoutSeconds - (performance.now() - start) / 1000;
  const enough = (lower: number, upper: number): boolean => lower > tolerance || upper < -tolerance;
  const found = solveInteger(solver, program, left, signOnly ? { enough } : {});
  // A network has a value at every point of its box: an infeasible program is the solver's mistake, not an answer.
  if (found.kind === 'infeasible')
    return { kind: 'stopped', lower: -Infinity, upper: Infinity, tolerance, nodes: found.nodes };
  const { kind, lower, upper, columns, nodes } = found;
  return {
    kind,
    lower,
    upper,
    tolerance,
    nodes,
    ...(columns && { point: inputPoint(box, encoding, columns) }),
  };
}

/**
 * Decides a conjunction by its sign alone: `closed` where the minimum is above the tolerance, `falsified` where
 * `tryCandidate` (a replay on the original network) accepts the best solution, else `undefined`.
 */
export async function decideByMilp(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  conjunction: Conjunction,
  tryCandidate: (point: Float32Array) => Promise<boolean>,
  options: MilpOptions = {},
): Promise<'closed' | 'falsified' | undefined> {
  const found = await milpBound(net, box, root, conjunction, { ...options, signOnly: true });
  if (found.kind === 'unsupported') return undefined;
  if (found.lower > found.tolerance) return 'closed';
  if (found.point && found.upper <= found.tolerance && (await tryCandidate(Float32Array.from(found.point))))
    return 'falsified';
  return undefined;
}
