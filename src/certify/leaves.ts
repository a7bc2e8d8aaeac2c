/** @file Leaves as they are before anything is known of their multipliers. */
import type { Leaf, LeafProof, Path } from '../check/contracts.ts';

/** Rows with their weights: the first alone with weight 1 need not be said. */
export const weighedRows = (rows: LeafProof['rows']): LeafProof['rows'] =>
  rows.length === 1 && rows[0].row === 0 && rows[0].weight === 1 ? [] : rows;

/** One row of a conjunction with weight 1. */
export const oneRow = (row: number): LeafProof['rows'] => (row === 0 ? [] : [{ row, weight: 1 }]);

/** A leaf that one row is to close with CROWN's lines and no β: where no neuron was split on the way. */
export const leafOf = (path: Path, conjunction: number, row: number): Leaf => ({
  path,
  conjunction,
  proof: { rows: oneRow(row), changes: [], betas: new Float64Array(0) },
});
