/** @file Bounding a batch of sub-boxes: from domains to program feeds and back. */
import { boxOf } from '../../bounds/box.ts';
import { deepSites, walkBoxesProgram, walkBoxesSpecs } from '../../bounds/boxes/walkBoxes.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import { soundLower } from '../../bounds/sound.ts';
import { rowInSingle } from '../proofRows.ts';
import type { OutputRow } from '../specification.ts';

/** A sub-box to bound, with bounds that hold on it already. */
export interface BoxTask {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** By site of `deepSites`. */
  readonly bounds: HostBounds;
  /** How much each row matters for what is to be split next, [K]. */
  readonly weights: Float32Array;
}

/** What bounding found; rows are coefficients·y − bound. Arrays of one batch share memory of their own. */
export interface BoxOutcome {
  readonly bounds: HostBounds;
  /** Sound lower bound of a row. */
  readonly lower: (row: number) => number;
  /** row(x) ≥ coefficients·x + constant on the box: [K, inputs] and, rounding taken off, [K]. */
  readonly coefficients: Float32Array;
  readonly constant: Float64Array;
  /** How far the bounds' gap comes from each input: to be multiplied by its width. */
  readonly looseness: Float32Array;
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

/** Boxes as programs take them. */
function boxFeeds(tasks: readonly BoxTask[], size: number, inputs: number) {
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
const pointOf =
  ({ center, radius }: ReturnType<typeof boxFeeds>, coefficients: Float32Array, r: number, inputs: number) =>
  (number: number): Float32Array =>
    Float32Array.from({ length: inputs }, (_, i) => {
      const c = center[r * inputs + i];
      if (number === 0) return c;
      return c - Math.sign(coefficients[(number - 1) * inputs + i]) * radius[r * inputs + i];
    });

/** Bounds of one site that hold on the boxes already; boxes that fill the batch up have none. */
function knownFeeds(tasks: readonly BoxTask[], site: string, width: number, size: number) {
  const lower = new Float32Array(size * width).fill(-Infinity);
  const upper = new Float32Array(size * width).fill(Infinity);
  tasks.forEach(({ bounds }, r) => {
    lower.set(bounds[site].lower, r * width);
    upper.set(bounds[site].upper, r * width);
  });
  return { lower, upper };
}

export function boxBatcher(machine: BoundMachine, rows: readonly OutputRow[], size: number): BoxBatcher {
  const { net } = machine;
  const deep = deepSites(net);
  const inputs = net.network.inputShape.reduce((a, b) => a * b, 1);
  const count = rows.length;
  const sizes = { boxes: size, rows: count };
  const program = machine.program(`boxes ${JSON.stringify(sizes)}`, () => ({
    fn: walkBoxesProgram(net, sizes),
    specs: walkBoxesSpecs(net, sizes),
  }));
  const single = rows.map(({ coefficients }) => rowInSingle(coefficients));
  const joined = (part: 'coefficients' | 'moved'): Float32Array =>
    Float32Array.from(single.flatMap((row) => Array.from(row[part])));
  const fixed = { rows: joined('coefficients'), moved: joined('moved') };

  return {
    size,
    async bound(tasks) {
      const box = boxFeeds(tasks, size, inputs);
      const known = Object.fromEntries(
        deep.map(({ name, size: width }) => [name, knownFeeds(tasks, name, width, size)]),
      );
      const weights = new Float32Array(size * count);
      tasks.forEach((task, r) => weights.set(task.weights, r * count));
      const found = await program.run({ ...box, known, ...fixed, weights });
      const part = (t: { readonly data: unknown }, r: number, length: number): Float32Array =>
        (t.data as Float32Array).subarray(r * length, (r + 1) * length);
      return tasks.map((_, r): BoxOutcome => {
        const coefficients = part(found.coefficients, r, count * inputs);
        const [lower, rounding] = [part(found.lower, r, count), part(found.rounding, r, count)];
        const bounds = deep.map(({ name, size: width }) => {
          const { lower: low, upper: high } = found.bounds[name];
          return [name, { lower: part(low, r, width).slice(), upper: part(high, r, width).slice() }] as const;
        });
        return {
          bounds: Object.fromEntries(bounds),
          lower: (row) => soundLower(lower[row], rounding[row], rows[row].bound),
          coefficients,
          constant: Float64Array.from(
            part(found.constant, r, count),
            (c, k) => c - rounding[k] - rows[k].bound,
          ),
          looseness: part(found.looseness, r, inputs).map((v) => (Number.isFinite(v) ? v : 0)),
          values: part(found.values, r, (1 + count) * count).map((v, i) => v - rows[i % count].bound),
          point: pointOf(box, coefficients, r, inputs),
        };
      });
    },
  };
}
