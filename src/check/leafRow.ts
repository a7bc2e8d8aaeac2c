/** @file The row that a leaf is to close: its conjunction's rows by their weights, in the case that it is of. */
import { gamma, outward } from './bounds/arithmetic.ts';
import type { Frame } from './bounds/frame.ts';
import type { Way, WalkRow } from './bounds/walk.ts';
import type { LeafProof, Path } from './contracts.ts';
import { fail } from './failure.ts';
import type { Graph } from './graph/graph.ts';
import type { InputSet } from './property/property.ts';

/** What a leaf takes of its case. */
export interface LeafCase extends Way, Path {
  readonly frame: Frame;
  readonly alphas: Int16Array;
}

/** @throws CheckFailure row-unknown, multiplier-range */
export function leafRow(
  graph: Graph,
  set: InputSet,
  conjunction: number,
  proof: LeafProof,
  at: LeafCase,
): WalkRow {
  const rows = set.unsafe[conjunction] ?? fail('row-unknown', `The set has no conjunction ${conjunction}.`);
  const used = proof.rows.length > 0 ? proof.rows : [{ row: 0, weight: 1 }];
  const coefficients = new Float64Array(graph.outputs.length);
  let [constant, slack] = [0, 0];
  for (const { row, weight } of used) {
    const { coefficients: c, bound } = rows[row] ?? fail('row-unknown', `The conjunction has no row ${row}.`);
    if (!(weight >= 0 && weight < Infinity))
      fail('multiplier-range', `The weight ${weight} of a row is not in 0 … ∞.`);
    constant -= weight * bound;
    slack += Math.abs(weight * bound);
    c.forEach((n, i) => {
      coefficients[i] += weight * n;
      slack += Math.abs(weight * n) * at.frame.magnitude[graph.outputs[i]];
    });
  }
  if (proof.betas.length !== at.splits)
    fail('multiplier-range', `${proof.betas.length} betas for ${at.splits} splits.`);
  for (const beta of proof.betas)
    if (!(beta >= 0 && beta < Infinity)) fail('multiplier-range', `β is ${beta}.`);
  return {
    elements: graph.outputs,
    coefficients,
    constant,
    slack: slack * gamma(used.length + 4) * outward,
    alphas: at.alphas,
    changes: proof.changes,
    way: at,
    betas: proof.betas,
  };
}
