/** @file Bounding batches of domains: from domains to program feeds and back. */
import type { Box } from '../bounds/box.ts';
import { adaptiveAlpha, compactSites, type CompactSite } from '../bounds/compact.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { domainRates, rootRates, type OptimizerRates } from '../bounds/optimizeRows.ts';
import {
  arbitraryRows,
  boxSpecs,
  compactSpecs,
  optimizeProgram,
  rootSpecs,
  stateSpecs,
} from '../bounds/programs.ts';
import type { Split } from './domain.ts';
import type { OutputRow } from './specification.ts';

/** One row to bound on one domain, with warm starts. */
export interface RowTask {
  readonly row: OutputRow;
  readonly splits: readonly Split[];
  /** By ReLU number; absent: CROWN's slopes. */
  readonly alpha?: readonly Uint8Array[] | undefined;
  /** By split; shorter than `splits` where new ones start at 0. */
  readonly beta?: Float32Array | undefined;
}

/** What bounding a row found. Arrays are copies. */
export interface RowOutcome {
  /** Sound bound of coefficients·y − bound on the domain. */
  readonly lower: number;
  /** Margin of the bound's minimiser, a point of the box: ≤ 0 is a candidate counterexample. */
  readonly candidateMargin: number;
  readonly candidate: () => Float32Array;
  readonly alpha: readonly Uint8Array[];
  readonly beta: Float32Array;
  /** Coefficients seen at the compact neurons, by ReLU number. */
  readonly coefficients: readonly Float32Array[];
}

/** How long a batch is optimised. */
export interface Effort {
  /** Iterations in one program run. */
  readonly blockIterations: number;
  readonly blocks: number;
  readonly rates: OptimizerRates;
}

export const rootEffort: Effort = { blockIterations: 20, blocks: 3, rates: rootRates };
export const domainEffort: Effort = { blockIterations: 10, blocks: 2, rates: domainRates };
/** One evaluation, no iterations: for trying out candidates. */
export const probeEffort: Effort = { blockIterations: 0, blocks: 1, rates: domainRates };

/** A box with its root bounds, ready to bound rows on its domains. */
export interface RowSearch {
  readonly sites: readonly CompactSite[];
  /**
   * @param closed tells whether a row needs no more effort at this bound; bounding stops once all are closed
   * @param checkpoint called between runs; throws to stop
   */
  readonly bound: (
    tasks: readonly RowTask[],
    effort: Effort,
    closed: (task: number, lower: number) => boolean,
    checkpoint: () => void,
  ) => Promise<RowOutcome[]>;
}

/** Row counts of compiled programs. */
const rowBuckets = [4, 16, 64, 128];

export const bucketRows = (count: number): number =>
  rowBuckets.find((b) => b >= count) ?? Math.ceil(count / 128) * 128;

type ByName<T> = Record<string, T>;

/** Feeds of one batch; rows beyond the tasks repeat the first. */
function feedsOf(
  sites: readonly CompactSite[],
  tasks: readonly RowTask[],
  rows: number,
  split: boolean,
  outputs: number,
) {
  const compact: ByName<{
    index: Int32Array;
    lower: Float32Array;
    upper: Float32Array;
    side?: Float32Array;
  }> = {};
  const alpha: ByName<Float32Array> = {};
  const beta: ByName<Float32Array> = {};
  sites.forEach((site, relu) => {
    const u = site.index.length;
    const start = adaptiveAlpha(site);
    const a = new Float32Array(rows * u);
    const lower = split ? new Float32Array(rows * u) : site.lower;
    const upper = split ? new Float32Array(rows * u) : site.upper;
    const side = new Float32Array(split ? rows * u : 0);
    const b = new Float32Array(split ? rows * u : 0);
    for (let r = 0; r < rows; r++) {
      const task = tasks[r] ?? tasks[0]!;
      const stored = task.alpha?.[relu];
      if (stored) for (let i = 0; i < stored.length; i++) a[r * u + i] = stored[i]! / 255;
      else a.set(start, r * u);
      if (!split) continue;
      lower.set(site.lower, r * u);
      upper.set(site.upper, r * u);
      task.splits.forEach((s, k) => {
        if (s.relu !== relu) return;
        const at = r * u + s.neuron;
        if (s.side > 0) lower[at] = Math.max(lower[at]!, 0);
        else upper[at] = Math.min(upper[at]!, 0);
        side[at] = s.side;
        b[at] = task.beta?.[k] ?? 0;
      });
    }
    compact[site.name] = { index: site.index, lower, upper, ...(split && { side }) };
    alpha[site.name] = a;
    if (split) beta[site.name] = b;
  });
  const start = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++) start.set((tasks[r] ?? tasks[0]!).row.coefficients, r * outputs);
  return { compact, alpha, beta, start };
}

const zerosLike = (tree: ByName<Float32Array>): ByName<Float32Array> =>
  Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, new Float32Array(v.length)]));

export function rowSearch(machine: BoundMachine, box: Box, root: HostBounds): RowSearch {
  const { net } = machine;
  const sites = compactSites(net.relus, root);
  const unstable = Object.fromEntries(sites.map((s) => [s.name, s.index.length]));
  const outputs = net.shapes.get(net.output)!.reduce((a, b) => a * b, 1);

  const programFor = (rows: number, split: boolean, { blockIterations, rates }: Effort) => {
    const sizes = { rows, unstable, split, boxes: 1 };
    return machine.program(
      `search ${JSON.stringify(sizes)} ${blockIterations} ${JSON.stringify(rates)}`,
      () => ({
        fn: optimizeProgram(net, net.output, blockIterations, rates),
        specs: {
          box: boxSpecs(net),
          root: rootSpecs(net.relus),
          compact: compactSpecs(sizes),
          start: arbitraryRows(rows, outputs),
          state: stateSpecs(sizes),
        },
      }),
    );
  };

  return {
    sites,
    async bound(tasks, effort, closed, checkpoint) {
      const rows = bucketRows(tasks.length);
      const split = tasks.some((t) => t.splits.length > 0);
      const { compact, alpha, beta, start } = feedsOf(sites, tasks, rows, split, outputs);
      const program = programFor(rows, split, effort);
      const variables = { alpha, beta };
      const zero = { alpha: zerosLike(alpha), beta: zerosLike(beta) };
      let state: unknown = {
        current: variables,
        first: zero,
        second: zero,
        best: variables,
        bestLower: new Float32Array(rows).fill(-3e38),
        step: 0,
      };
      let found: Awaited<ReturnType<typeof program.run>> | undefined;
      for (let block = 0; block < effort.blocks; block++) {
        checkpoint();
        found = await program.run({ box, root, compact, start: { rows: start }, state: state as never });
        state = found.state;
        if (
          block + 1 < effort.blocks &&
          tasks.every((task, t) => closed(t, soundLower(found!, t) - task.row.bound))
        )
          break;
      }
      return tasks.map((task, t) => outcomeOf(sites, task, t, found!));
    },
  };
}

interface Found {
  readonly lower: { readonly data: unknown };
  readonly rounding: { readonly data: unknown };
  readonly seen: Readonly<Record<string, { readonly data: unknown }>>;
  readonly point: { readonly data: unknown };
  readonly margin?: { readonly data: unknown };
  readonly state: {
    readonly best: {
      readonly alpha: ByName<{ readonly data: unknown }>;
      readonly beta: ByName<{ readonly data: unknown }>;
    };
  };
}

const numbers = (t: { readonly data: unknown }): Float32Array => t.data as Float32Array;

const soundLower = ({ lower, rounding }: Pick<Found, 'lower' | 'rounding'>, t: number): number =>
  numbers(lower)[t]! - numbers(rounding)[t]!;

function outcomeOf(sites: readonly CompactSite[], task: RowTask, t: number, found: Found): RowOutcome {
  const { alpha, beta } = found.state.best;
  const rowOf = (data: Float32Array, u: number): Float32Array => data.subarray(t * u, (t + 1) * u);
  const point = numbers(found.point);
  const rows = numbers(found.lower).length;
  return {
    lower: soundLower(found, t) - task.row.bound,
    candidateMargin: found.margin ? numbers(found.margin)[t]! - task.row.bound : Infinity,
    candidate: () => rowOf(point, point.length / rows).slice(),
    alpha: sites.map((s) =>
      Uint8Array.from(rowOf(numbers(alpha[s.name]!), s.index.length), (v) => Math.round(v * 255)),
    ),
    beta: Float32Array.from(task.splits, (s) => {
      const site = sites[s.relu]!;
      const stored = beta[site.name];
      return stored ? numbers(stored)[t * site.index.length + s.neuron]! : 0;
    }),
    coefficients: sites.map((s) => rowOf(numbers(found.seen[s.name]!), s.index.length).slice()),
  };
}
