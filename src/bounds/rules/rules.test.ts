import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { layerCases } from '../../nn/layers/cases.testing.ts';
import { parametersOf, ruleOf } from '../../nn/layers/rules.ts';
import type { Layer, LayerFields } from '../../nn/network.ts';
import { constant, interpret, ones, sizeOf, zeros, type Shape, type Tensor } from '../../tensor/index.ts';
import { magnitude } from '../interval.ts';
import { isNonlinear, relaxationFor } from '../nonlinear/table.ts';
import type { BackwardContext } from '../rule.ts';
import { keepsApart } from './affine.ts';
import { boundRule, boundRules } from './table.ts';

const rows = 4;

/** Numbers of one layer: its interval, outputs at sampled points, one backward step. */
function evaluate(fields: LayerFields, inputShapes: readonly Shape[], seed: number, boxes: number) {
  const rng = createRng(seed);
  const names = ['input', 'other'].slice(0, inputShapes.length);
  const layer = { ...fields, name: 'layer', inputs: names } as Layer;
  const shape = ruleOf(layer).shape(layer, inputShapes);
  const declared = parametersOf(layer);
  const params = Object.fromEntries(
    declared.map(({ name, shape: s }) => {
      const values = rng
        .fork(name)
        .fillUniform(new Float64Array(sizeOf(s)), name === 'running_var' ? 0.3 : -1, 1);
      return [`layer.${name}`, constant(values, s)];
    }),
  );
  const shapes = new Map<string, Shape>([
    ...names.map((n, i) => [n, inputShapes[i]] as const),
    ['layer', shape],
  ]);
  const spread = rng.uniform(0, 2);
  const lower = inputShapes.map((s, i) =>
    rng.fork(`l${i}`).fillUniform(new Float64Array(boxes * sizeOf(s)), -2, 1.5),
  );
  const upper = lower.map((l, i) => {
    const width = rng.fork(`w${i}`).fillUniform(new Float64Array(l.length), -spread / 2, spread);
    return l.map((v, k) => v + Math.max(0, width[k]));
  });
  const share = rows / boxes;
  const points = lower.map((l, i) => {
    const size = sizeOf(inputShapes[i]);
    const t = rng.fork(`x${i}`).fillUniform(new Float64Array(rows * size), -0.3, 1.3);
    return t.map((v, k) => {
      const at = Math.floor(Math.floor(k / size) / share) * size + (k % size);
      return l[at] + Math.min(1, Math.max(0, v)) * (upper[i][at] - l[at]);
    });
  });
  const a = rng.fork('a').fillUniform(new Float64Array(rows * sizeOf(shape)), -1, 1);
  const tensor = (values: Float64Array, batch: number, s: Shape): Tensor => constant(values, [batch, ...s]);
  const intervals = inputShapes.map((s, i) => ({
    lower: tensor(lower[i], boxes, s),
    upper: tensor(upper[i], boxes, s),
  }));
  const context: BackwardContext = {
    params,
    shapeOf: (name) => shapes.get(name)!,
    relaxationOf: () => relaxationFor(layer, intervals[0]),
  };
  const rule = boundRule(layer.kind);
  const interval = rule.interval(intervals, layer, context);
  const outputs = ruleOf(layer).forward({
    layer,
    inputs: inputShapes.map((s, i) => tensor(points[i], rows, s)),
    mode: 'eval',
    parameter: (name) => params[`layer.${name}`],
    recordStatistics: () => {},
  });
  const magnitudes = intervals.map(magnitude);
  const step = rule.backward(tensor(a, rows, shape), layer, context);
  const reach = rule.rounding?.forward(magnitudes, layer, context);
  const through = reach && (rule.rounding?.through?.(magnitudes) ?? reach);
  const wanted = [interval.lower, interval.upper, outputs, step.constant ?? zeros([rows]), ...step.inputs];
  const found = interpret(
    { inputs: [], outputs: [...wanted, ...(reach ? [reach, through!, ...magnitudes] : [])], outputNames: [] },
    [],
  );
  expect(wanted.slice(4).map((t) => t.shape)).toEqual(inputShapes.map((s) => [rows, ...s]));
  const [low, high, values, offset] = found as [Float64Array, Float64Array, Float64Array, Float64Array];
  const coefficients = found.slice(4, 4 + inputShapes.length);
  const size = sizeOf(shape);
  const gaps = Array.from({ length: rows }, (_, r) => {
    let value = -offset[r];
    for (let k = 0; k < size; k++) value += a[r * size + k] * values[r * size + k];
    coefficients.forEach((c, i) => {
      const n = sizeOf(inputShapes[i]);
      for (let k = 0; k < n; k++) value -= c[r * n + k] * points[i][r * n + k];
    });
    return value;
  });
  return {
    /** Largest violation of the interval by a sampled output. */
    outside: Math.max(
      ...Array.from(values, (v, k) => {
        const at = Math.floor(Math.floor(k / size) / share) * size + (k % size);
        return Math.max(low[at] - v, v - high[at]);
      }),
    ),
    /** a·f(x) − (coefficients·x + constant) of each row. */
    gaps,
    /** Largest width, and values against what rounding is measured by. */
    reach: found[4 + inputShapes.length],
    largest: Array.from(high, (h, k) => Math.max(Math.abs(h), Math.abs(low[k]))),
    /** Σ|coefficients|·m of each row beside Σ|a|·reach, which must not be less. */
    products: reach
      ? Array.from({ length: rows }, (_, r) => {
          const box = Math.floor(r / share);
          const dot = (c: Float64Array, m: Float64Array, n: number): number => {
            let total = 0;
            for (let k = 0; k < n; k++) total += Math.abs(c[r * n + k]) * m[box * n + k];
            return total;
          };
          const own = coefficients.map((c, i) =>
            dot(c, found[6 + inputShapes.length + i], sizeOf(inputShapes[i])),
          );
          const most = dot(Float64Array.from(a), found[5 + inputShapes.length], size);
          return [own.reduce((x, y) => x + y, 0), most] as const;
        })
      : [],
  };
}

const slack = 1e-9;

describe('bound rules', () => {
  it('have a case for every kind', () => {
    expect(new Set(layerCases.map(([fields]) => fields.kind))).toEqual(new Set(Object.keys(boundRules)));
  });

  it.each(layerCases.map((c, i) => [`${c[0].kind} (${i})`, c] as const))(
    '%s',
    (_, [fields, ...inputShapes]) => {
      fc.assert(
        fc.property(fc.nat(), fc.constantFrom(1, 2, rows), (seed, boxes) => {
          const found = evaluate(fields, inputShapes, seed, boxes);
          expect(found.outside).toBeLessThanOrEqual(slack);
          for (const gap of found.gaps) expect(gap).toBeGreaterThanOrEqual(-slack);
          if (!isNonlinear(fields.kind)) for (const gap of found.gaps) expect(gap).toBeLessThanOrEqual(slack);
          if (!boundRule(fields.kind).rounding) return;
          found.largest.forEach((value, k) => expect(found.reach[k]).toBeGreaterThanOrEqual(value - slack));
          for (const [own, most] of found.products) expect(own).toBeLessThanOrEqual(most + slack);
        }),
        { numRuns: 12 },
      );
    },
  );
});

/** The layer's matrix by one input, [outputs, inputs], at parameters of which none is 0. */
function jacobian(fields: LayerFields, inputShapes: readonly Shape[], of: number) {
  const names = ['input', 'other'].slice(0, inputShapes.length);
  const layer = { ...fields, name: 'layer', inputs: names } as Layer;
  const shape = ruleOf(layer).shape(layer, inputShapes);
  const outputs = sizeOf(shape);
  const params = Object.fromEntries(
    parametersOf(layer).map(({ name, shape: own }) => [`layer.${name}`, ones(own)]),
  );
  const context: BackwardContext = {
    params,
    shapeOf: (name) => (name === 'layer' ? shape : inputShapes[names.indexOf(name)]),
    relaxationOf: () => expect.fail('is affine'),
  };
  const units = Float64Array.from({ length: outputs ** 2 }, (_, i) => (i % (outputs + 1) === 0 ? 1 : 0));
  const { inputs } = boundRule(layer.kind).backward(constant(units, [outputs, ...shape]), layer, context);
  const [matrix] = interpret({ inputs: [], outputs: [inputs[of]], outputNames: [] }, []);
  return { matrix, outputs, layer, context };
}

describe('rules of affine layers', () => {
  const affine = layerCases.filter(([{ kind }]) => !isNonlinear(kind));
  it.each(affine.map((c, i) => [`${c[0].kind} (${i})`, c] as const))(
    'count terms: %s',
    (_, [fields, ...shapes]) => {
      shapes.forEach((inputShape, of) => {
        const { matrix, outputs, layer, context } = jacobian(fields, shapes, of);
        const inputs = sizeOf(inputShape);
        const reads = new Int32Array(outputs);
        const read = new Int32Array(inputs);
        matrix.forEach((v, k) => {
          if (v === 0) return;
          reads[Math.floor(k / inputs)]++;
          read[k % inputs]++;
        });
        const { rounding } = boundRule(layer.kind);
        const one = (terms: number | undefined): number => Math.max(1, terms ?? 1);
        expect(Math.max(...reads)).toBeLessThanOrEqual(one(rounding?.forwardTerms(layer, context)));
        expect(Math.max(...read)).toBeLessThanOrEqual(one(rounding?.backwardTerms(layer)));
        if (keepsApart(layer)) expect(Math.max(...reads, ...read)).toBe(1);
      });
    },
  );
});

/** Bounds of one neuron on [l,u] as a function of the sample: [lower line, value, upper line]. */
function neuronLines(kind: 'sigmoid' | 'tanh' | 'leakyRelu', l: number, u: number, samples: number[]) {
  const layer = { kind, name: 'layer', inputs: ['input'], negativeSlope: 0.1 } as Layer;
  const count = samples.length;
  const interval = { lower: constant([l], [1, 1]), upper: constant([u], [1, 1]) };
  const relax = relaxationFor(layer, interval);
  const [below, above] = [relax(constant([1], [1, 1])), relax(constant([-1], [1, 1]))];
  const x = constant(samples, [count, 1]);
  const value = ruleOf(layer).forward({
    layer,
    inputs: [x],
    mode: 'eval',
    parameter: () => x,
    recordStatistics: () => {},
  });
  const [s1, t1, s2, t2, y] = interpret(
    {
      inputs: [],
      outputs: [below.inputs[0], below.constant!, above.inputs[0], above.constant!, value],
      outputNames: [],
    },
    [],
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  return samples.map((z, i) => [s1[0] * z + t1[0], y[i], -(s2[0] * z + t2[0])] as const);
}

describe('relaxations of one neuron', () => {
  it.each(['sigmoid', 'tanh', 'leakyRelu'] as const)('%s: between the lines on any interval', (kind) => {
    const end = fc.oneof(
      fc.double({ min: -6, max: 6, noNaN: true }),
      fc.double({ min: -60, max: 60, noNaN: true }),
    );
    fc.assert(
      fc.property(end, end, (p, q) => {
        const [l, u] = [Math.min(p, q), Math.max(p, q)];
        const samples = Array.from({ length: 41 }, (_, i) => l + ((u - l) * i) / 40);
        for (const [low, value, high] of neuronLines(kind, l, u, samples)) {
          expect(value - low).toBeGreaterThanOrEqual(kind === 'leakyRelu' ? -slack : 1e-6);
          expect(high - value).toBeGreaterThanOrEqual(kind === 'leakyRelu' ? -slack : 1e-6);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('tangents touch: the gap vanishes with the width', () => {
    for (const kind of ['sigmoid', 'tanh'] as const)
      for (const center of [-3, -0.5, 0, 0.7, 2])
        for (const [low, , high] of neuronLines(kind, center - 0.01, center + 0.01, [center]))
          expect(high - low).toBeLessThan(1e-4);
  });
});
