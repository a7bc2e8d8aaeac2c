/** @file Bounding a batch of sub-boxes: from domains to program feeds and back. */
import { boxOf } from '../../bounds/box.ts';
import { boxesSpecs, openPlaces } from '../../bounds/boxes/boxesInputs.ts';
import { boxesProgram } from '../../bounds/boxes/boxesProgram.ts';
import { rowInDouble, type ChainRow } from '../../bounds/boxes/doubleRow.ts';
import { deepSites } from '../../bounds/boxes/walkBoxes.ts';
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import { deepLayers, hiddenWidth, type DenseChain } from '../../bounds/boxes/denseChain.ts';
import type { HostInterval } from '../../bounds/hostBounds.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import { roundUp } from '../../bounds/roundUp.ts';
import { soundLower } from '../../bounds/sound.ts';
import type { OutputRow } from '../specification.ts';

/** A sub-box to bound, with bounds that hold on it already. */
export interface BoxTask {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly bounds: Readonly<Record<string, HostInterval>>;
  readonly open: number;
  /** How much each row matters for what is to be split next, [K]. */
  readonly weights: Float32Array;
}

/** What bounding found; rows are coefficients·y − bound. Arrays of one batch share memory of their own. */
export interface BoxOutcome {
  readonly bounds: Readonly<Record<string, HostInterval>>;
  /** Sound lower bound of a row; computed again in f64 where only rounding leaves it open. */
  readonly lower: (row: number) => number;
  /** row(x) ≥ coefficients·x + constant on the box: [K, inputs] and, rounding taken off, [K]. */
  readonly coefficients: Float32Array;
  /** How far the bounds' gap comes from each input: to be multiplied by its width. */
  readonly looseness: Float32Array;
  readonly constant: Float64Array;
  /** Values of the rows at the centre, then at each row's minimiser, [1 + K, K]. */
  readonly values: Float32Array;
  /** Those points, by number. */
  readonly point: (number: number) => Float32Array;
}

export interface BoxBatcher {
  /** Boxes in one run. */
  readonly size: number;
  /** @param tasks at most `size` */
  readonly bound: (tasks: readonly BoxTask[]) => Promise<BoxOutcome[]>;
}

/** coefficients·y − bound as a row on the values of the last ReLU. */
function chainRow({ layers, outputs }: DenseChain, row: OutputRow): ChainRow {
  const { inFeatures, weight, bias, weightReach = weight, biasReach = bias } = layers.at(-1)!;
  const coefficients = new Float64Array(inFeatures);
  const reach = new Float64Array(inFeatures);
  let constant = -row.bound;
  let constantReach = Math.abs(row.bound);
  for (let o = 0; o < outputs; o++) {
    const c = row.coefficients[o];
    if (c === 0) continue;
    constant += c * bias[o];
    constantReach += Math.abs(c * biasReach[o]);
    for (let i = 0; i < inFeatures; i++) {
      coefficients[i] += c * weight[o * inFeatures + i];
      reach[i] += Math.abs(c * weightReach[o * inFeatures + i]);
    }
  }
  return { coefficients, constant, reach, constantReach };
}

/** Numbers of open neurons that programs are compiled for: few, since each takes a tenth of a second. */
export function openBucket(open: number, widest: number): number {
  for (let bucket = 8; bucket < widest; bucket *= 2) if (open <= bucket) return bucket;
  return widest;
}

/** Neurons whose bounds are kept with a box, by layer of the chain, or else by site. */
export const keptNeurons = (
  net: BoundNetwork,
  chain: DenseChain | undefined,
): readonly (readonly [string, number])[] =>
  chain
    ? deepLayers(chain).map((k) => [`${k}`, hiddenWidth(chain, k)])
    : deepSites(net).map(({ name, size }) => [name, size]);

export const widestOf = (kept: readonly (readonly [string, number])[]): number =>
  Math.max(1, ...kept.map(([, width]) => width));

/** Boxes as programs take them. */
export function boxFeeds(tasks: readonly BoxTask[], size: number, inputs: number) {
  const center = new Float32Array(size * inputs);
  const radius = new Float32Array(size * inputs);
  tasks.forEach((task, r) => {
    const box = boxOf(task.lower, task.upper);
    center.set(box.center, r * inputs);
    radius.set(box.radius, r * inputs);
  });
  return { center, radius };
}

/** The centre of the r-th box, and the points where its rows' linear bounds are least. */
export const pointOf =
  ({ center, radius }: ReturnType<typeof boxFeeds>, coefficients: Float32Array, r: number, inputs: number) =>
  (number: number): Float32Array =>
    Float32Array.from({ length: inputs }, (_, i) => {
      const c = center[r * inputs + i];
      if (number === 0) return c;
      return c - Math.sign(coefficients[(number - 1) * inputs + i]) * radius[r * inputs + i];
    });

/** Feeds of one deep layer. */
function knownFeeds(tasks: readonly BoxTask[], layer: number, width: number, places: number, size: number) {
  const lower = new Float32Array(size * width);
  const upper = new Float32Array(size * width);
  const index = new Int32Array(size * places).fill(width);
  const openLower = new Float32Array(size * places);
  const openUpper = new Float32Array(size * places);
  for (let r = 0; r < tasks.length; r++) {
    const known = tasks[r].bounds[layer];
    let place = r * places;
    for (let i = 0; i < width; i++) {
      const [l, u] = [known.lower[i], known.upper[i]];
      if (l < 0 && u > 0) {
        index[place] = i;
        openLower[place] = l;
        openUpper[place++] = u;
      } else {
        lower[r * width + i] = l;
        upper[r * width + i] = u;
      }
    }
  }
  return { lower, upper, index, openLower, openUpper };
}

export function boxBatcher(
  machine: BoundMachine,
  chain: DenseChain,
  rows: readonly OutputRow[],
  size: number,
): BoxBatcher {
  const deep = deepLayers(chain);
  const widest = widestOf(keptNeurons(machine.net, chain));
  const { inputs } = chain;
  const count = rows.length;
  const chainRows = rows.map((row) => chainRow(chain, row));
  const start = {
    coefficients: Float32Array.from(chainRows.flatMap((row) => Array.from(row.coefficients))),
    constant: Float32Array.from(chainRows, (row) => row.constant),
    reach: Float32Array.from(chainRows.flatMap((row) => Array.from(row.reach, roundUp))),
    constantReach: Float32Array.from(chainRows, (row) => roundUp(row.constantReach)),
  };
  const programFor = (open: number) => {
    const sizes = { boxes: size, open, rows: count };
    return machine.program(`boxes ${JSON.stringify(sizes)}`, () => ({
      fn: boxesProgram(chain, sizes),
      specs: boxesSpecs(chain, sizes),
    }));
  };

  return {
    size,
    async bound(tasks) {
      const open = openBucket(Math.max(...tasks.map((t) => t.open)), widest);
      const box = boxFeeds(tasks, size, inputs);
      const weights = new Float32Array(size * count);
      tasks.forEach((task, r) => weights.set(task.weights, r * count));
      const known = Object.fromEntries(
        deep.map((k) => [k, knownFeeds(tasks, k, hiddenWidth(chain, k), openPlaces(chain, k, open), size)]),
      );
      const found = await programFor(open).run({ ...box, known, rows: start, weights });
      const numbers = (t: { readonly data: unknown }): Float32Array => t.data as Float32Array;
      const part = (t: { readonly data: unknown }, r: number, length: number): Float32Array =>
        numbers(t).subarray(r * length, (r + 1) * length);
      return tasks.map((task, r): BoxOutcome => {
        const coefficients = part(found.coefficients, r, count * inputs);
        const lower = part(found.lower, r, count);
        const rounding = part(found.rounding, r, count);
        const bounds = Object.fromEntries(
          deep.map((k) => {
            const width = hiddenWidth(chain, k);
            const of = (end: { readonly data: unknown }): Float32Array => part(end, r, width).slice();
            return [k, { lower: of(found.bounds[k].lower), upper: of(found.bounds[k].upper) }];
          }),
        );
        return {
          bounds,
          lower: (row) => {
            const bound = soundLower(lower[row], rounding[row]);
            if (bound > 0 || lower[row] <= 0) return bound;
            return Math.max(bound, rowInDouble(chain, chainRows[row], bounds, task.lower, task.upper));
          },
          coefficients,
          looseness: part(found.looseness, r, inputs),
          constant: Float64Array.from(part(found.constant, r, count), (c, i) => c - rounding[i]),
          values: part(found.values, r, (1 + count) * count),
          point: pointOf(box, coefficients, r, inputs),
        };
      });
    },
  };
}
