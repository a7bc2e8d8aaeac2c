/** @file CROWN and α-CROWN bounds of arbitrary rows of the output. */
import type { Box } from './box.ts';
import { compactSites, initialState, sharedFeeds } from './compact.ts';
import type { HostBounds } from './hostBounds.ts';
import type { BoundMachine } from './machine.ts';
import { rootRates } from './optimizeRows.ts';
import {
  arbitraryRows,
  boxSpecs,
  compactSpecs,
  crownProgram,
  optimizeProgram,
  placesOf,
  rootSpecs,
  stateSpecs,
} from './programs.ts';
import type { LowerSlope } from './nonlinear/lowerSlope.ts';

/** Bounds of rows, and the rounding error that each may carry. */
export interface RowBounds {
  /** As computed, [R]. */
  readonly lower: Float32Array;
  /** lower − rounding is sound, [R]. */
  readonly rounding: Float32Array;
}

/** CROWN's lower bounds of rows·f(x). @param rows [R, outputs], row-major */
export async function crownRows(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  rows: Float32Array,
  count: number,
  slope: LowerSlope = 'adaptive',
): Promise<RowBounds> {
  const { net } = machine;
  const program = machine.program(`crown rows ${count} ${slope}`, () => ({
    fn: crownProgram(net, net.output, slope),
    specs: {
      box: boxSpecs(net),
      root: rootSpecs(net.sites),
      start: arbitraryRows(count, rows.length / count),
    },
  }));
  const { lower, rounding } = await program.run({ box, root, start: { rows } });
  return { lower: lower.data as Float32Array, rounding: rounding.data as Float32Array };
}

/** α-CROWN's lower bounds of rows·f(x) with fixed intermediate bounds, each row with its own α. */
export async function alphaRows(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  rows: Float32Array,
  count: number,
  iterations = 100,
): Promise<RowBounds> {
  const { net } = machine;
  const sites = compactSites(net.sites, root);
  const sizes = { rows: count, places: placesOf(sites), splits: 0 };
  const program = machine.program(`alpha rows ${JSON.stringify(sizes)} ${iterations}`, () => ({
    fn: optimizeProgram(net, net.output, iterations, rootRates),
    specs: {
      box: boxSpecs(net),
      root: rootSpecs(net.sites),
      compact: compactSpecs(sizes, net.sites),
      start: arbitraryRows(count, rows.length / count),
      state: stateSpecs(sizes, net.sites),
    },
  }));
  const compact = Object.fromEntries(sites.map((s) => [s.name, sharedFeeds(s)]));
  const { lower, rounding } = await program.run({
    box,
    root,
    compact,
    start: { rows },
    state: initialState(sites, count),
  });
  return { lower: lower.data as Float32Array, rounding: rounding.data as Float32Array };
}
