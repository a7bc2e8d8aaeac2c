/** @file Bounding a batch of sub-boxes of any network by the ordinary walks. */
import type { HostInterval } from '../../bounds/hostBounds.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import { deepSites, walkBoxesProgram, walkBoxesSpecs } from '../../bounds/boxes/walkBoxes.ts';
import { soundLower } from '../../bounds/sound.ts';
import { rowInSingle } from '../proofRows.ts';
import type { OutputRow } from '../specification.ts';
import { boxFeeds, pointOf, type BoxBatcher, type BoxOutcome, type BoxTask } from './boxBatch.ts';

/** Share of the slopes by which inputs count alike: where rows are flat, the widest is halved. */
const evenShare = 0.02;

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

export function walkBatcher(machine: BoundMachine, rows: readonly OutputRow[], size: number): BoxBatcher {
  const { net } = machine;
  const deep = deepSites(net);
  const inputs = net.network.inputShape.reduce((a, b) => a * b, 1);
  const count = rows.length;
  const sizes = { boxes: size, rows: count };
  const program = machine.program(`walk over boxes ${JSON.stringify(sizes)}`, () => ({
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
      const found = await program.run({ ...box, known, ...fixed });
      const part = (t: { readonly data: unknown }, r: number, length: number): Float32Array =>
        (t.data as Float32Array).subarray(r * length, (r + 1) * length);
      return tasks.map(({ weights }, r): BoxOutcome => {
        const coefficients = part(found.coefficients, r, count * inputs);
        const [lower, rounding] = [part(found.lower, r, count), part(found.rounding, r, count)];
        const bounds = deep.map(({ name, size: width }): [string, HostInterval] => {
          const { lower: low, upper: high } = found.bounds[name];
          return [name, { lower: part(low, r, width).slice(), upper: part(high, r, width).slice() }];
        });
        let slopes = 0;
        coefficients.forEach((a, i) => (slopes += weights[Math.floor(i / inputs)] * Math.abs(a)));
        return {
          bounds: Object.fromEntries(bounds),
          lower: (row) => soundLower(lower[row], rounding[row], rows[row].bound),
          coefficients,
          looseness: new Float32Array(inputs).fill(Math.max((evenShare * slopes) / inputs, 1e-30)),
          constant: Float64Array.from(
            part(found.constant, r, count),
            (c, k) => c - rounding[k] - rows[k].bound,
          ),
          values: part(found.values, r, (1 + count) * count).map((v, i) => v - rows[i % count].bound),
          point: pointOf(box, coefficients, r, inputs),
        };
      });
    },
  };
}
