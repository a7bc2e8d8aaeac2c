/** @file What the duals of a leaf's linear program are in a backward walk: weights of rows, slopes of lower lines, β of splits. */
import type { Encoding, EncodedNeuron } from './encode.ts';
import type { LinearProgram } from './program.ts';

/** A neuron by layer and place, with its multiplier. */
export interface NeuronMultiplier {
  readonly relu: string;
  readonly neuron: number;
  readonly value: number;
}

/** Multipliers of a walk that reaches about the bound of the program; any are sound. */
export interface WalkMultipliers {
  /** Of the conjunction's rows; all 0 where it is refuted without them, since the domain is empty. */
  readonly weights: Float64Array;
  /** Slopes in [0, 1] of the lower lines of unstable neurons, where the program cares. */
  readonly slopes: readonly NeuronMultiplier[];
  /** β ≥ 0 of split neurons. */
  readonly betas: readonly NeuronMultiplier[];
}

/** cost − Aᵀy */
function reducedCosts(
  { cost, rowLower, starts, indices, values }: LinearProgram,
  duals: ArrayLike<number>,
  withCost: boolean,
): Float64Array {
  const reduced = withCost ? cost.slice() : new Float64Array(cost.length);
  for (let i = 0; i < rowLower.length; i++)
    for (let k = starts[i]; k < starts[i + 1]; k++) reduced[indices[k]] -= duals[i] * values[k];
  return reduced;
}

/**
 * In the Lagrangian of the program the coefficient a of y = relu(z) is spread over y ≥ z, with the dual p, and over y ≥ 0, with
 * the reduced cost q of y: a·y ≥ p·z, as of the line of slope p/(p + q). What z ≥ 0 or z ≤ 0 cost is the β of the split. A
 * binary column that is set splits too: at 1, y ≤ z holds beside y ≥ z, so that a − q goes on to z where the walk passes a
 * through, and β = q; at 0, y = 0, and β = p.
 * @param program of the encoding, with the rows of a conjunction of several behind its own (`marginProgram`)
 * @param rows of the conjunction
 * @param duals of the program's rows
 * @param withCost false where they prove that the domain is empty
 * @param set binary columns, where a search has set them
 */
export function walkMultipliers(
  { neurons, builder }: Encoding,
  program: LinearProgram,
  rows: number,
  duals: ArrayLike<number>,
  withCost: boolean,
  set: ReadonlyMap<number, 0 | 1> = new Map(),
): WalkMultipliers {
  const reduced = reducedCosts(program, duals, withCost);
  const positive = (x: number): number => (x > 0 && Number.isFinite(x) ? x : 0);
  const slopes: NeuronMultiplier[] = [];
  const betas: NeuronMultiplier[] = [];
  const add = (into: NeuronMultiplier[], { relu, neuron }: EncodedNeuron, value: number): void =>
    void into.push({ relu, neuron, value });
  for (const place of neurons) {
    if (place.kind === 'active') add(betas, place, positive(reduced[place.before]));
    else if (place.kind === 'inactive') add(betas, place, positive(-duals[place.row]));
    else {
      const [above, zero] = [positive(duals[place.above]), positive(reduced[place.after])];
      const side = set.get(place.chosen);
      if (side !== undefined) add(betas, place, side === 1 ? zero : above);
      else if (above + zero > 0) add(slopes, place, above / (above + zero));
    }
  }
  const first = builder.mark().rows;
  const weights = Float64Array.from({ length: rows }, (_, k) =>
    rows === 1 ? 1 : positive(duals[first + k]),
  );
  return { weights: withCost ? weights : weights.fill(0), slopes, betas };
}
