import { describe, expect, it } from 'vitest';
import { magnitude } from '../../src/bounds/interval.ts';
import { memberOf } from '../../src/bounds/nonlinear/table.ts';
import { createRng, type Rng } from '../../src/data/rng.ts';
import { compile } from '../../src/engine/compile.ts';
import { activations } from '../../src/nn/layers/cases.testing.ts';
import { resultOf } from '../../src/nn/layers/rules.ts';
import { constant, float32, interpret } from '../../src/tensor/index.ts';

/** Intervals of f32 numbers: of the size of activations, narrow, reaching far, of all sizes that f32 has, of no width. */
function intervals(count: number, rng: Rng): { lower: Float32Array; upper: Float32Array } {
  const anySize = (): number => (rng.next() < 0.5 ? -1 : 1) * 2 ** rng.uniform(-149, 120);
  const pair: readonly (() => readonly [number, number])[] = [
    () => [rng.uniform(-6, 6), rng.uniform(-6, 6)],
    () => {
      const at = rng.uniform(-4, 4);
      return [at, at + 2 ** rng.uniform(-30, -4)];
    },
    () => [rng.uniform(-12, 12), (rng.next() < 0.5 ? -1 : 1) * 10 ** rng.uniform(0, 7)],
    () => [anySize(), anySize()],
    () => {
      const at = anySize();
      return [at, at];
    },
  ];
  const ends = Array.from({ length: count }, (_, i) => pair[i % pair.length]().map(Math.fround));
  return {
    lower: Float32Array.from(ends, (e) => Math.min(...e)),
    upper: Float32Array.from(ends, (e) => Math.max(...e)),
  };
}

const members = activations.map(
  (fields) => [fields.kind, { ...fields, name: 'a', inputs: ['input'] }] as const,
);
const count = 1000;

describe('lines of elementwise members, as f32 computes them', () => {
  it.each(members)('%s: enclose the function for any variables', async (kind, layer) => {
    const { elementwise, rounding } = memberOf(layer);
    const { lines, variables } = elementwise!;
    const rng = createRng(`lines ${kind}`);
    const bounds = intervals(count, rng);
    const spec = float32([1, count]);
    const program = compile(
      ({ lower, upper, given }) => {
        const at = lines(layer, { lower, upper });
        const sizes = [magnitude({ lower, upper })];
        const through =
          rounding?.through?.(sizes) ?? rounding?.forward(sizes, layer, undefined as never) ?? sizes[0];
        return { crown: at(), free: at(Object.values(given)), through };
      },
      {
        lower: spec,
        upper: spec,
        given: Object.fromEntries(Array.from({ length: variables }, (_, v) => [`v${v}`, spec])),
      },
      { threads: 1 },
    );
    const broken: string[] = [];
    for (let trial = 0; trial < 4; trial++) {
      // The ends of the range, and all between.
      const draw = (): number => (rng.next() < 0.3 ? Number(rng.next() < 0.5) : rng.next());
      const given = Object.fromEntries(
        Array.from({ length: variables }, (_, v) => [`v${v}`, Float32Array.from({ length: count }, draw)]),
      );
      const found = await program.run({ ...bounds, given });
      const samples = 41;
      const points = Float64Array.from({ length: samples * count }, (_, k) => {
        const [s, i] = [Math.floor(k / count), k % count];
        const [l, u] = [bounds.lower[i], bounds.upper[i]];
        // Half of them near 0, where the bend is, as far as it lies inside.
        const share = s / (samples - 1);
        return Math.min(u, Math.max(l, s % 2 === 0 ? l + (u - l) * share : 24 * share - 12));
      });
      const x = constant(points, [samples, count]);
      const [values] = interpret(
        { inputs: [], outputs: [resultOf(layer, [x], () => x)], outputNames: ['y'] },
        [],
      );
      for (const made of [found.crown, found.free]) {
        const [ls, li, us, ui] = [
          made.lowerSlope,
          made.lowerIntercept,
          made.upperSlope,
          made.upperIntercept,
        ].map((t) => t.data as Float32Array);
        found.through.data.forEach((most, i) => {
          const steepest = Math.max(Math.abs(ls[i]), Math.abs(us[i]));
          const reach = steepest * Math.max(Math.abs(bounds.lower[i]), Math.abs(bounds.upper[i]));
          if (!(reach <= Number(most) * (1 + 1e-6)))
            broken.push(
              `${kind} [${bounds.lower[i]}, ${bounds.upper[i]}]: steeper than its rounding reckons with`,
            );
        });
        points.forEach((z, k) => {
          const i = k % count;
          // The rounding rule counts 4 underflows of 2⁻¹²⁶ a neuron beside the lines' own.
          const rounding =
            2 ** -124 + 2 ** -50 * (Math.abs(ls[i] * z) + Math.abs(us[i] * z) + Math.abs(values[k]));
          const place = `${kind} [${bounds.lower[i]}, ${bounds.upper[i]}] at ${z}`;
          if (!(ls[i] * z + li[i] <= values[k] + rounding)) broken.push(`${place}: line below is above`);
          if (!(us[i] * z + ui[i] >= values[k] - rounding)) broken.push(`${place}: line above is below`);
        });
      }
    }
    expect(broken).toEqual([]);
  });

  it.each(members)('%s: split points lie inside, and halves have closer lines', (kind, layer) => {
    const { splitPoint } = memberOf(layer).elementwise!;
    const { lower, upper } = intervals(count, createRng(`splits ${kind}`));
    let found = 0;
    lower.forEach((l, i) => {
      const point = splitPoint(l, upper[i]);
      if (point === undefined) return;
      found++;
      expect(Math.fround(point)).toBe(point);
      expect(point).toBeGreaterThan(l);
      expect(point).toBeLessThan(upper[i]);
    });
    expect(found).toBeGreaterThan(count / 20);
  });
});
