import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../../data/rng.ts';
import { compile } from '../../engine/compile.ts';
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { constant, sizeOf } from '../../tensor/index.ts';
import { constantParameters, evaluated } from '../channelNumbers.ts';
import type { Layer } from '../network.ts';
import { onnxNames, toOnnx } from '../toOnnx.ts';
import type { Numbers } from '../parameters.ts';
import { parametersOf, resultOf, ruleOf, weightOf } from './rules.ts';
import { layerCases } from './cases.testing.ts';
import { layerRules } from './table.ts';
import { channelsOfWeights } from './weights.ts';

/** A layer with numbers, as a function of its inputs. */
function layerOf([fields, ...shapes]: (typeof layerCases)[number], rng: Rng) {
  const layer = {
    ...fields,
    name: 'l',
    inputs: shapes.map((_, i) => (i === 0 ? 'input' : `x${i}`)),
  } as Layer;
  const values = (n: number, low = -1): Float64Array =>
    Float64Array.from({ length: n }, () => low + (1 - low) * rng.next());
  const numbers = Object.fromEntries(
    parametersOf(layer).map(({ name, shape }) => [
      `l.${name}`,
      values(sizeOf(shape), name === 'running_var' ? 0.1 : -1),
    ]),
  );
  const run = (inputs: readonly ArrayLike<number>[], given: Numbers = numbers): Float64Array =>
    evaluated({
      y: resultOf(
        layer,
        inputs.map((x, i) => constant(Float64Array.from(x), [1, ...shapes[i]])),
        constantParameters(layer, given),
      ),
    }).y;
  const drawn = (low = -1): Float64Array[] => shapes.map((shape) => values(sizeOf(shape), low));
  const output = ruleOf(layer).shape(layer, shapes);
  return { layer, numbers, run, drawn, shapes, output, rule: ruleOf(layer) };
}

const zero = (inputs: readonly Float64Array[]): Float64Array[] =>
  inputs.map((x) => new Float64Array(x.length));

/** ∂y/∂(input element), where the layer is affine: one row an element. */
function columns(at: ReturnType<typeof layerOf>): Float64Array[] {
  const none = zero(at.drawn());
  const base = at.run(none);
  return none.flatMap((x, i) =>
    Array.from(x, (_, k) => {
      const unit = none.map((v, j) => (j === i ? v.map((__, at2) => (at2 === k ? 1 : 0)) : v));
      return at.run(unit).map((v, o) => v - base[o]);
    }),
  );
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-9 * (1 + Math.abs(a) + Math.abs(b));

it('every kind has a case', () => {
  expect(new Set(layerCases.map(([{ kind }]) => kind))).toEqual(new Set(Object.keys(layerRules)));
});

describe.each(layerCases.map((c, i) => [c[0].kind, i] as const))('%s (case %i)', (_, index) => {
  const at = layerOf(layerCases[index], createRng(index + 1));
  const { layer, numbers, run, drawn, shapes, output, rule } = at;

  it('has the form it states', () => {
    const [x, y] = [drawn(), drawn()];
    const sum = x.map((values, i) => values.map((v, k) => v + y[i][k]));
    const [fx, fy, fsum, f0] = [run(x), run(y), run(sum), run(zero(x))];
    expect(fx.length).toBe(sizeOf(output));
    const affine = fsum.every((v, o) => near(v - f0[o], fx[o] + fy[o] - 2 * f0[o]));
    expect(affine).toBe(rule.form !== 'bends');
    if (!affine) return;
    if (rule.form === 'relabels') expect([...fx]).toEqual([...x[0]]);
    const rows = columns(at);
    const terms = rule.terms?.(layer, shapes[0]) ?? (rule.form === 'mixes' ? shapes.length : 1);
    for (let o = 0; o < fx.length; o++) {
      const weights = rows.map((column) => column[o]).filter((w) => w !== 0);
      expect(weights.length).toBeLessThanOrEqual(terms);
      if (rule.form === 'moves') expect(weights.every((w) => near(w, 1)) && f0[o] === 0).toBe(true);
    }
  });

  it('is what its other facts say', () => {
    const x = drawn();
    const y = run(x);
    const { elementwise, channelAffine, isIdentity, nonnegative } = rule;
    if (elementwise) x[0].forEach((v, i) => expect(near(elementwise.at(v, layer), y[i])).toBe(true));
    if (channelAffine) {
      const { scale, shift, reach } = evaluated({
        ...channelAffine(layer, constantParameters(layer, numbers)),
      });
      const area = x[0].length / scale.length;
      y.forEach((v, i) => {
        const c = Math.floor(i / area);
        expect(near(v, scale[c] * x[0][i] + shift[c])).toBe(true);
        expect(reach[c] >= Math.abs(shift[c])).toBe(true);
      });
    }
    if (isIdentity?.(layer, shapes[0], undefined)) expect([...y]).toEqual([...x[0]]);
    if (nonnegative === 'always') expect(y.every((v) => v >= 0)).toBe(true);
    if (nonnegative === 'kept') expect(run(drawn(0)).every((v) => v >= 0)).toBe(true);
  });

  it('is in doubt by no less than errors of its input change it', () => {
    const { doubt } = rule;
    if (!doubt || shapes.length > 1) return;
    const x = drawn()[0].map((v) => 6 * v);
    const errors = drawn(0)[0].map((v) => v / 100);
    const [value, error] = [x, errors].map((v) => constant(v, [1, ...shapes[0]]));
    const result = resultOf(layer, [value], constantParameters(layer, numbers));
    const { most } = evaluated({ most: doubt({ value, error }, result, layer)! });
    const y = run([x]);
    for (const sign of [-1, 1])
      run([x.map((v, i) => v + sign * errors[i])]).forEach((v, i) =>
        expect(Math.abs(v - y[i])).toBeLessThanOrEqual(most[i] + 1e-12),
      );
  });

  it('carries constant channels as it says', () => {
    const { channelwise } = rule;
    if (!channelwise) return;
    const constants = shapes.map((_, i) => ({ value: 0.5 + i, reach: 1, roundings: 1, certain: true }));
    const filled = shapes.map((shape, i) => new Float64Array(sizeOf(shape)).fill(constants[i].value));
    const { value, roundings } = channelwise(constants, layer, shapes[0]);
    const y = run(filled);
    if (Number.isNaN(value)) expect(new Set(y).size).toBeGreaterThan(1);
    else expect(y.every((v) => near(v, value))).toBe(true);
    expect(roundings).toBeGreaterThanOrEqual(1);
  });

  it('lays its weights out as it says', () => {
    const layout = weightOf(layer);
    if (!layout) return;
    const { input, output: outputOf } = channelsOfWeights(layout);
    const weight = numbers['l.weight'];
    const [x] = drawn(0.5);
    const [perInput, perOutput] = [x.length / layout.inputs, sizeOf(output) / layout.outputs];
    for (let i = 0; i < weight.length; i += 3) {
      const alone = { ...numbers, 'l.weight': weight.map((_, k) => (k === i ? 1 : 0)) };
      const from = x.map((v, k) => (Math.floor(k / perInput) === input(i) ? v : 0));
      const change = run([x], alone).map((v, o) => v - run([new Float64Array(x.length)], alone)[o]);
      const own = run([from], alone).map((v, o) => v - run([new Float64Array(x.length)], alone)[o]);
      expect([...own]).toEqual([...change]);
      change.forEach((v, o) => v !== 0 && expect(Math.floor(o / perOutput)).toBe(outputOf(i)));
    }
    const resized = rule.resized?.(layer, { outputs: 2 * layout.outputs, inputs: 2 * layout.inputs });
    if (resized)
      expect(weightOf(resized)).toMatchObject({ outputs: 2 * layout.outputs, inputs: 2 * layout.inputs });
  });

  it('exports nodes that compute the same, and runs in the engine', async () => {
    if (shapes.length > 1) return;
    const network = { name: 'one', inputShape: shapes[0], layers: [layer] };
    const [x] = drawn().map((values) => Float32Array.from(values));
    const wanted = run([x]);
    const model = await openPlainModel(encodeModel(toOnnx(network, numbers)), { threads: 1 }, 'one');
    const host = hostTensor(x, [1, ...shapes[0]]);
    const found = await model.run({ [onnxNames.input]: host });
    const data = found[onnxNames.output].data as Float32Array;
    expect(data.length).toBe(wanted.length);
    data.forEach((v, i) => expect(Math.abs(v - wanted[i])).toBeLessThan(1e-4 * (1 + Math.abs(wanted[i]))));
    const program = compile(
      () => ({ y: resultOf(layer, [constant(x, [1, ...shapes[0]])], constantParameters(layer, numbers)) }),
      {},
      { threads: 1 },
    );
    const { y } = await program.run({});
    y.data.forEach((v, i) => expect(Math.abs(v - wanted[i])).toBeLessThan(1e-4 * (1 + Math.abs(wanted[i]))));
  });
});
