/** @file Bounds of what every nonlinear layer reads on a box: IBP, then CROWN for what IBP leaves open, then α. */
import type { Box } from './box.ts';
import { sitesBefore, type Site } from './boundNetwork.ts';
import { bucketOf, compactSites, initialState, openNeurons, sharedFeeds } from './compact.ts';
import { meet, type HostBounds, type HostInterval } from './hostBounds.ts';
import type { RowBounds } from './rowBounds.ts';
import { slopesOfRow, type NeuronRow } from './recording.ts';
import { soundLower } from './sound.ts';
import type { BoundMachine } from './machine.ts';
import { rootRates } from './optimizeRows.ts';
import {
  placesOf,
  boxSpecs,
  compactSpecs,
  crownProgram,
  forwardProgram,
  ibpProgram,
  intervalProgram,
  neuronRows,
  optimizeProgram,
  rootSpecs,
  stateSpecs,
} from './programs.ts';
import type { LowerSlope } from './nonlinear/lowerSlope.ts';

export interface RootBoundsOptions {
  readonly slope?: LowerSlope | undefined;
  /** α iterations on every intermediate neuron that CROWN leaves open; 0: CROWN alone. */
  readonly alphaIterations?: number;
  /** One α for the neurons of a run instead of one for each: less memory, looser bounds. */
  readonly sharedAlpha?: boolean | undefined;
  /**
   * Bounds as auto_LiRPA computes them, for comparison only and NOT sound: no rounding is taken off, and CROWN's value
   * stands even where the interval is tighter.
   */
  readonly comparable?: boolean;
  /**
   * Forward linear bounds of intermediate neurons: before the backward walks, which are then made for fewer neurons
   * (`first`, the default for inputs of few dimensions), instead of them (`only`), or not at all (`never`).
   */
  readonly forward?: ForwardBounds | undefined;
  /** Sound bounds known already (from CROWN): they are kept where tighter, and only α is run on top. */
  readonly known?: HostBounds;
  /** Sites whose known bounds are as tight as they get: no α is run on them. */
  readonly settled?: ReadonlySet<string> | undefined;
  /** Called between program runs; throws to stop. */
  readonly checkpoint?: () => void;
  /** Told of every row that α was raised for. */
  readonly record?: ((row: NeuronRow) => void) | undefined;
}

export type ForwardBounds = 'first' | 'only' | 'never';

/** Up to so many inputs forward bounds cost less than what they save. */
const fewInputs = 32;

const copyOf = ({ lower, upper }: HostInterval): HostInterval => ({
  lower: lower.slice(),
  upper: upper.slice(),
});

/** Bounds as a program gave them, copied: its outputs are used again. */
const hostInterval = (found: Record<'lower' | 'upper', { readonly data: unknown }>): HostInterval => ({
  lower: (found.lower.data as Float32Array).slice(),
  upper: (found.upper.data as Float32Array).slice(),
});

/** Rows bounded in one run. */
const chunkRows = 128;

/** IBP bounds of what every site reads and of the output. */
export async function ibpBounds(
  machine: BoundMachine,
  box: Box,
): Promise<{ sites: HostBounds; output: HostInterval }> {
  const { net } = machine;
  const program = machine.program('ibp', () => ({ fn: ibpProgram(net), specs: { box: boxSpecs(net) } }));
  const found = await program.run({ box });
  return {
    sites: Object.fromEntries(Object.entries(found.sites).map(([name, i]) => [name, hostInterval(i)])),
    output: hostInterval(found.output),
  };
}

/** Forward linear bounds of what every site reads. */
async function forwardBounds(machine: BoundMachine, box: Box): Promise<HostBounds> {
  const { net } = machine;
  const program = machine.program('forward', () => ({
    fn: forwardProgram(net),
    specs: { box: boxSpecs(net) },
  }));
  const found = await program.run({ box });
  return Object.fromEntries(Object.entries(found).map(([name, interval]) => [name, hostInterval(interval)]));
}

/**
 * Sound bounds of what every site reads, layer by layer; later layers profit from earlier ones.
 * Only neurons that IBP (from the bounds so far) leaves open are bounded backward.
 */
export async function rootBounds(
  machine: BoundMachine,
  box: Box,
  options: RootBoundsOptions = {},
): Promise<HostBounds> {
  const {
    alphaIterations = 0,
    slope = 'adaptive',
    comparable = false,
    sharedAlpha = false,
    known,
    settled,
    checkpoint = () => {},
    record,
  } = options;
  const take = comparable ? replaceRows : meetRows;
  const root: Record<string, HostInterval> = {};
  const few = box.center.length <= fewInputs && machine.net.sites.some(({ first }) => !first);
  const { forward = few ? 'first' : 'never' } = options;
  const early = known ?? (comparable || forward === 'never' ? undefined : await forwardBounds(machine, box));
  for (const site of machine.net.sites) {
    checkpoint();
    const twin = machine.net.sites.find(({ name, input }) => input === site.input && name in root);
    const bounds = twin
      ? copyOf(root[twin.name])
      : await forwardInterval(machine, site, box, root, !comparable);
    const done = new Set(twin && openNeurons(twin, bounds));
    const open = (): number[] => openNeurons(site, bounds).filter((neuron) => !done.has(neuron));
    root[site.name] = bounds;
    const earlier = early?.[site.name];
    if (earlier) earlier.lower.forEach((low, i) => meet(bounds, i, low, earlier.upper[i]));
    if (site.first) continue;
    const before = Object.fromEntries(
      sitesBefore(machine.net, site.input).map((r) => [r.name, root[r.name]]),
    );
    for (const part of known || forward === 'only' ? [] : chunks(open())) {
      checkpoint();
      take(bounds, part, await neuronsByCrown(machine, site, box, before, part, slope));
    }
    // Before the first site there is no α (a ball's bounds are made backward even there).
    if (alphaIterations === 0 || Object.keys(before).length === 0 || settled?.has(site.name)) continue;
    for (const part of chunks(open())) {
      checkpoint();
      take(
        bounds,
        part,
        await neuronsByAlpha(machine, site, box, before, part, {
          iterations: alphaIterations,
          slope,
          sharedAlpha,
          record,
        }),
      );
    }
  }
  return root;
}

/** Neurons whose two rows each fill one run. */
function chunks(neurons: readonly number[]): number[][] {
  const size = chunkRows / 2;
  return Array.from({ length: Math.ceil(neurons.length / size) }, (_, i) =>
    neurons.slice(i * size, (i + 1) * size),
  );
}

/** Intervals of what one site reads, from the bounds found so far. */
async function forwardInterval(
  machine: BoundMachine,
  site: Site,
  box: Box,
  root: HostBounds,
  outward: boolean,
): Promise<HostInterval> {
  const { net } = machine;
  const before = sitesBefore(net, site.input);
  const program = machine.program(`interval ${site.name} ${outward}`, () => ({
    fn: intervalProgram(net, site.input, outward),
    specs: { box: boxSpecs(net), root: rootSpecs(before) },
  }));
  const found = await program.run({
    box,
    root: Object.fromEntries(before.map((r) => [r.name, root[r.name]])),
  });
  return hostInterval(found);
}

/** Both rows (+ for the lower, − for the upper bound) of the given neurons. */
function rowsOf(neurons: readonly number[], rows: number): { index: Int32Array; sign: Float32Array } {
  const index = new Int32Array(rows).fill(neurons[0]);
  const sign = new Float32Array(rows).fill(1);
  neurons.forEach((n, i) => {
    index[2 * i] = n;
    index[2 * i + 1] = n;
    sign[2 * i + 1] = -1;
  });
  return { index, sign };
}

/** Sound bounds of neurons join what is known. */
function meetRows(bounds: HostInterval, neurons: readonly number[], { lower, rounding }: RowBounds): void {
  neurons.forEach((n, i) => {
    const low = soundLower(lower[2 * i], rounding[2 * i]);
    const high = -soundLower(lower[2 * i + 1], rounding[2 * i + 1]);
    if (low <= high) meet(bounds, n, low, high);
  });
}

/** The rows' bounds as they are replace what is known; see `comparable`. */
function replaceRows(bounds: HostInterval, neurons: readonly number[], { lower }: RowBounds): void {
  neurons.forEach((n, i) => {
    bounds.lower[n] = lower[2 * i]!;
    bounds.upper[n] = -lower[2 * i + 1];
  });
}

async function neuronsByCrown(
  machine: BoundMachine,
  site: Site,
  box: Box,
  before: HostBounds,
  neurons: readonly number[],
  slope: LowerSlope,
): Promise<RowBounds> {
  const { net } = machine;
  const rows = 2 * bucketOf(neurons.length, chunkRows / 2);
  const program = machine.program(`crown ${site.name} ${rows} ${slope}`, () => ({
    fn: crownProgram(net, site.input, slope),
    specs: { box: boxSpecs(net), root: rootSpecs(sitesBefore(net, site.input)), start: neuronRows(rows) },
  }));
  const { lower, rounding } = await program.run({ box, root: before, start: rowsOf(neurons, rows) });
  return { lower: lower.data as Float32Array, rounding: rounding.data as Float32Array };
}

interface AlphaChoices {
  readonly iterations: number;
  readonly slope: LowerSlope;
  readonly sharedAlpha: boolean;
  readonly record: RootBoundsOptions['record'];
}

async function neuronsByAlpha(
  machine: BoundMachine,
  site: Site,
  box: Box,
  before: HostBounds,
  neurons: readonly number[],
  { iterations, slope, sharedAlpha, record }: AlphaChoices,
): Promise<RowBounds> {
  const { net } = machine;
  const rows = 2 * bucketOf(neurons.length, chunkRows / 2);
  const passed = sitesBefore(net, site.input);
  const sites = compactSites(passed, before);
  const sizes = { rows, places: placesOf(sites), splits: 0, sharedAlpha };
  const program = machine.program(`alpha ${site.name} ${JSON.stringify(sizes)} ${iterations}`, () => ({
    fn: optimizeProgram(net, site.input, iterations, rootRates),
    specs: {
      box: boxSpecs(net),
      root: rootSpecs(passed),
      compact: compactSpecs(sizes, passed),
      start: neuronRows(rows),
      state: stateSpecs(sizes, passed),
    },
  }));
  const compact = Object.fromEntries(sites.map((s) => [s.name, sharedFeeds(s)]));
  const { lower, rounding, state } = await program.run({
    box,
    root: before,
    compact,
    start: rowsOf(neurons, rows),
    state: initialState(sites, rows, { slope, shared: sharedAlpha }),
  });
  if (record)
    for (let row = 0; row < 2 * neurons.length; row++)
      record({
        site: site.name,
        neuron: neurons[row >> 1],
        side: row % 2 === 0 ? 1 : -1,
        slopes: slopesOfRow(sites, state.best.alpha, row),
      });
  return { lower: lower.data as Float32Array, rounding: rounding.data as Float32Array };
}
