/** @file Bounding batches of domains: from domains to program feeds and back. */
import type { Box } from '../bounds/box.ts';
import { startingAlpha, compactSites, sharedFeeds, type CompactSite } from '../bounds/compact.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { domainRates, rootRates, type OptimizerRates } from '../bounds/optimizeRows.ts';
import {
  arbitraryRows,
  boxSpecs,
  compactSpecs,
  optimizeProgram,
  placesOf,
  rootSpecs,
  stateSpecs,
} from '../bounds/programs.ts';
import type { LowerSlope } from '../bounds/nonlinear/lowerSlope.ts';
import { soundLower } from '../bounds/sound.ts';
import { clipTo, type DomainBounds, type Split } from './domain.ts';
import type { OutputRow } from './specification.ts';

/** One row to bound on one domain, with warm starts. */
export interface RowTask {
  readonly row: OutputRow;
  readonly splits: readonly Split[];
  /** Bounds that hold on the domain, where tighter ones than the box's are known. */
  readonly bounds?: DomainBounds | undefined;
  /** By site number; absent: CROWN's lines. */
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
  /** What branching goes by at the compact neurons, by site number: coefficients, or what a neuron's lines cost. */
  readonly seen: readonly Float32Array[];
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

/** Places for splits in one site: few sizes, so that few programs are compiled. */
function splitPlaces(tasks: readonly RowTask[], sites: number): number {
  let most = 0;
  for (const { splits } of tasks) {
    const count = new Int32Array(sites);
    for (const { site } of splits) most = Math.max(most, ++count[site]);
  }
  if (most === 0) return 0;
  for (let places = 8; ; places *= 4) if (most <= places) return places;
}

/** Feeds of one site of a batch; rows beyond the tasks repeat the first. */
function feedsOfSite(
  site: CompactSite,
  number: number,
  tasks: readonly RowTask[],
  rows: number,
  places: number,
  slope: LowerSlope,
) {
  const u = site.index.length;
  const start = startingAlpha(site, slope);
  const alpha = new Float32Array(rows * start.length);
  const lower = new Float32Array(rows * u);
  const upper = new Float32Array(rows * u);
  const position = new Int32Array(rows * places);
  const side = new Float32Array(rows * places);
  const point = new Float32Array(rows * places);
  const beta = new Float32Array(rows * places);
  for (let r = 0; r < rows; r++) {
    const task = tasks[r] ?? tasks[0];
    const stored = task.alpha?.[number];
    if (stored) for (let i = 0; i < start.length; i++) alpha[r * start.length + i] = stored[i] / 255;
    else alpha.set(start, r * start.length);
    if (places === 0) continue;
    const known = task.bounds?.[number] ?? site;
    lower.set(known.lower, r * u);
    upper.set(known.upper, r * u);
    let place = r * places;
    task.splits.forEach((s, k) => {
      if (s.site !== number) return;
      clipTo({ lower, upper }, r * u + s.neuron, s);
      position[place] = s.neuron;
      point[place] = s.point;
      side[place] = s.side;
      beta[place++] = task.beta?.[k] ?? 0;
    });
  }
  const shared = sharedFeeds(site);
  const split = { position, side, ...(!site.member.gathered && { point }) };
  return {
    alpha,
    beta,
    compact: places === 0 ? shared : { ...shared, lower, upper, split },
  };
}

/** The coefficients of each row. */
function startRows(tasks: readonly RowTask[], rows: number, outputs: number): Float32Array {
  const start = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++) start.set((tasks[r] ?? tasks[0]).row.coefficients, r * outputs);
  return start;
}

const zerosLike = (tree: ByName<Float32Array>): ByName<Float32Array> =>
  Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, new Float32Array(v.length)]));

/** @param slope where α starts on rows that bring none */
export function rowSearch(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  slope: LowerSlope = 'adaptive',
): RowSearch {
  const { net } = machine;
  const sites = compactSites(net.sites, root);
  const neurons = placesOf(sites);
  const outputs = net.shapes.get(net.output)!.reduce((a, b) => a * b, 1);

  const programFor = (rows: number, splits: number, { blockIterations, rates }: Effort) => {
    const sizes = { rows, places: neurons, splits };
    return machine.program(
      `search ${JSON.stringify(sizes)} ${blockIterations} ${JSON.stringify(rates)}`,
      () => ({
        fn: optimizeProgram(net, net.output, blockIterations, rates),
        specs: {
          box: boxSpecs(net),
          root: rootSpecs(net.sites),
          compact: compactSpecs(sizes, net.sites),
          start: arbitraryRows(rows, outputs),
          state: stateSpecs(sizes, net.sites),
        },
      }),
    );
  };

  return {
    sites,
    async bound(tasks, effort, closed, checkpoint) {
      const rows = bucketRows(tasks.length);
      const places = splitPlaces(tasks, sites.length);
      const start = startRows(tasks, rows, outputs);
      const compact: ByName<ReturnType<typeof feedsOfSite>['compact']> = {};
      const variables: { alpha: ByName<Float32Array>; beta: ByName<Float32Array> } = { alpha: {}, beta: {} };
      sites.forEach((site, number) => {
        const feeds = feedsOfSite(site, number, tasks, rows, places, slope);
        compact[site.name] = feeds.compact;
        variables.alpha[site.name] = feeds.alpha;
        if (places > 0) variables.beta[site.name] = feeds.beta;
      });
      const program = programFor(rows, places, effort);
      const zero = { alpha: zerosLike(variables.alpha), beta: zerosLike(variables.beta) };
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
        if (block + 1 < effort.blocks && tasks.every((task, t) => closed(t, boundOf(found!, t, task)))) break;
      }
      return tasks.map((task, t) => outcomeOf(sites, task, t, found!));
    },
  };
}

interface Found {
  readonly lower: { readonly data: unknown };
  readonly rounding: { readonly data: unknown };
  readonly branching?: {
    readonly point: { readonly data: unknown };
    readonly margin: { readonly data: unknown };
    readonly seen: Readonly<Record<string, { readonly data: unknown }>>;
  };
  readonly state: {
    readonly best: {
      readonly alpha: ByName<{ readonly data: unknown }>;
      readonly beta: ByName<{ readonly data: unknown }>;
    };
  };
}

const numbers = (t: { readonly data: unknown }): Float32Array => t.data as Float32Array;

const boundOf = (
  { lower, rounding }: Pick<Found, 'lower' | 'rounding'>,
  t: number,
  { row }: RowTask,
): number => soundLower(numbers(lower)[t], numbers(rounding)[t], row.bound);

function outcomeOf(sites: readonly CompactSite[], task: RowTask, t: number, found: Found): RowOutcome {
  const { alpha, beta } = found.state.best;
  const rowOf = (data: Float32Array, u: number): Float32Array => data.subarray(t * u, (t + 1) * u);
  const { margin, seen, ...minimizer } = found.branching!;
  const point = numbers(minimizer.point);
  const rows = numbers(found.lower).length;
  return {
    lower: boundOf(found, t, task),
    candidateMargin: numbers(margin)[t] - task.row.bound,
    candidate: () => rowOf(point, point.length / rows).slice(),
    alpha: sites.map(({ name, index, member }) =>
      Uint8Array.from(rowOf(numbers(alpha[name]), member.variables * index.length), (v) =>
        Math.round(v * 255),
      ),
    ),
    beta: betaOf(sites, task, t, rows, beta),
    seen: sites.map((s) => rowOf(numbers(seen[s.name]), s.index.length).slice()),
  };
}

/** β of each split, in the order of the task's splits; places of one site were filled in that order. */
function betaOf(
  sites: readonly CompactSite[],
  { splits }: RowTask,
  t: number,
  rows: number,
  beta: ByName<{ readonly data: unknown }>,
): Float32Array {
  const used = new Int32Array(sites.length);
  return Float32Array.from(splits, ({ site }) => {
    const stored = numbers(beta[sites[site].name]);
    const places = stored.length / rows;
    return stored[t * places + used[site]++];
  });
}
