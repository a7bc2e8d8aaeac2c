/** @file Exact minima by mixed-integer programming (Tjeng, Xiao & Tedrake 2019). */
import type { Box } from '../../bounds/box.ts';
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { Conjunction, OutputRow } from '../specification.ts';
import { marginProgram } from './conjunction.ts';
import { encodeNetwork, inputPoint, relaxedNeurons, type EncodeOptions } from './encode.ts';
import { highs } from './highs.ts';
import { integerSearch, type IntegerSearchOptions } from './integerSearch.ts';
import { walkMultipliers, type WalkMultipliers } from './multipliers.ts';

export interface MilpOptions
  extends Pick<EncodeOptions, 'weightError'>, Pick<IntegerSearchOptions, 'remainingSeconds' | 'checkpoint'> {
  /** Told the input of every linear program's solution where only the sign matters; true ends the search. */
  readonly tryCandidate?: (point: Float32Array) => Promise<boolean>;
  /** Told, where only the sign matters, of every part that a linear program closes: the neurons that were split, in order. */
  readonly onClosed?: ((splits: readonly NeuronSide[], multipliers: WalkMultipliers) => void) | undefined;
  /** Stop as soon as the minimum is known to be above 0. */
  readonly signOnly?: boolean;
}

/** A neuron of a layer on one side of its kink. */
export interface NeuronSide {
  readonly relu: string;
  readonly neuron: number;
  readonly side: 1 | -1;
}

/** Minimum of the greatest row margin, max over rows of row·y − bound, over the box. */
export type MilpOutcome =
  | {
      /** `falsified`: `tryCandidate` accepted a point. */
      readonly kind: 'optimal' | 'stopped' | 'falsified';
      /** No margin is below; see safeDualBound.ts. */
      readonly lower: number;
      /** Margin of the best solution as the solver sees it; +Infinity without one. */
      readonly upper: number;
      /** The best solution's input, row-major. */
      readonly point?: Float64Array;
      readonly programs: number;
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
  { signOnly = false, tryCandidate, onClosed, weightError, ...limits }: MilpOptions = {},
): Promise<MilpOutcome> {
  const conjunction = 'coefficients' in rows ? [rows] : rows;
  const encoding = encodeNetwork(net, box, root, {
    ...(weightError !== undefined && { weightError }),
    nonlinear: 'integer',
  });
  if (encoding.kind === 'unsupported') return encoding;
  const program = marginProgram(encoding, conjunction);
  const search = integerSearch(await highs(), encoding, program);
  const byColumn = new Map(relaxedNeurons(encoding).map((place) => [place.chosen, place] as const));
  let falsified = false;
  try {
    const found = await search.minimize(program.cost, program.offset, {
      ...limits,
      ...(signOnly && { depthFirst: true, enough: (lower: number) => lower > 0 }),
      ...(onClosed && {
        onClosed({ chosen, duals, empty }) {
          const splits = [...chosen].flatMap(([column, value]): NeuronSide[] => {
            const place = byColumn.get(column);
            return place ? [{ relu: place.relu, neuron: place.neuron, side: value === 1 ? 1 : -1 }] : [];
          });
          onClosed(splits, walkMultipliers(encoding, program, conjunction.length, duals, !empty, chosen));
        },
      }),
      ...(tryCandidate && {
        onSolution: async (columns) =>
          (falsified = await tryCandidate(Float32Array.from(inputPoint(box, encoding, columns)))),
      }),
    });
    const { kind, lower, upper, columns, programs } = found;
    return {
      kind: falsified ? 'falsified' : kind,
      lower,
      upper,
      programs,
      ...(columns && { point: inputPoint(box, encoding, columns) }),
    };
  } finally {
    search.close();
  }
}
