import { describe, expect, it } from 'vitest';
import { normalizations } from '../../data/normalization.ts';
import { createRng } from '../../data/rng.ts';
import { forward } from '../../nn/forward.ts';
import { initialize } from '../../nn/initialize.ts';
import type { Network } from '../../nn/network.ts';
import { parameterInputs, splitParameters } from '../../nn/parameters.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { float32, int32, interpret, trace, valueAndGradWith, type Tensor } from '../../tensor/index.ts';
import type { ObjectiveOptions } from './objective.ts';
import { objectiveNamed, objectives } from './objectives.ts';

/** tanh instead of ReLU: finite differences need smoothness. */
const network: Network = (() => {
  const relus = sequential('tiny', [1, 5, 5])
    .normalize(normalizations.mnist)
    .conv(2, { kernel: 3, stride: 2, padding: 1 })
    .batchNorm()
    .relu()
    .flatten()
    .linear(4)
    .relu()
    .linear(3)
    .build();
  const layers = relus.layers.map((l) => (l.kind === 'relu' ? { ...l, kind: 'tanh' as const } : l));
  return { ...relus, layers };
})();
const batch = [3, 1, 5, 5];
const size = 75;
const { trainable, buffers } = parameterInputs(network);
const rng = createRng('objectives');
const weights = splitParameters(network, initialize(network, rng));
const x = rng.fillUniform(new Float64Array(size), 0.2, 0.8);
const noise = rng.fillUniform(new Float64Array(size), -1, 1);
const labels = [0, 2, 1];

/** Program of loss and gradient, and the flat feeds that go with it. */
function build(name: string, options: ObjectiveOptions) {
  const objective = objectiveNamed(name);
  const shapes = objective.noise(options, batch);
  const specs = {
    params: trainable,
    buffers,
    x: float32(batch),
    y: int32([3]),
    epsilon: float32([]),
    noise: Object.fromEntries(Object.entries(shapes).map(([k, s]) => [k, float32(s)])),
  };
  const { program } = trace(({ params, buffers: state, ...args }) => {
    const [loss, , gradient] = valueAndGradWith((p: typeof params) => {
      const all = { ...p, ...state };
      const passes = (at: Tensor) => forward(network, all, at, { mode: 'train' });
      const result = objective.evaluate(
        { network, params: all, mode: 'train', forward: passes, ...args },
        options,
      );
      return [result.loss, undefined] as const;
    })(params);
    return { loss, gradient };
  }, specs);
  const rest = [
    ...Object.values(weights.buffers),
    x,
    labels,
    [0.05],
    ...Object.keys(shapes).map(() => noise),
  ];
  return {
    loss: (params: readonly ArrayLike<number>[]) => interpret(program, [...params, ...rest])[0][0],
    gradient: (params: readonly ArrayLike<number>[]) => interpret(program, [...params, ...rest]).slice(1),
  };
}

const start = Object.values(weights.trainable).map((v) => Float64Array.from(v));

describe('gradients of the objectives meet finite differences on a smooth network', () => {
  const cases: [string, string, ObjectiveOptions][] = [
    ['natural', 'natural', {}],
    ['fgsm', 'fgsm', {}],
    ['fgsm from a random start', 'fgsm', { randomStart: true, attackAlpha: 0.5 }],
    ['pgd', 'pgd', { attackSteps: 3 }],
  ];

  it('covers the table', () => {
    expect(new Set(cases.map((c) => c[1]))).toEqual(new Set(Object.keys(objectives)));
  });

  it.each(cases)('%s', (_, name, options) => {
    const { loss, gradient } = build(name, options);
    const found = gradient(start);
    let checked = 0;
    start.forEach((values, k) => {
      for (const i of [0, values.length - 1]) {
        const h = 1e-6;
        const at = (d: number) =>
          loss(start.map((v, j) => (j === k ? v.map((w, n) => (n === i ? w + d : w)) : v)));
        const slope = (at(h) - at(-h)) / (2 * h);
        expect(Math.abs(found[k][i] - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
        checked++;
      }
    });
    expect(checked).toBe(2 * start.length);
  });

  it('gradient alignment adds to loss and gradient', () => {
    const plain = build('fgsm', {});
    const aligned = build('fgsm', { gradAlignLambda: 0.3 });
    const [base, both] = [plain.gradient(start), aligned.gradient(start)];
    // Differences of the whole loss would move the first gradient too: see gradAlign.test.ts for the slope.
    expect(aligned.loss(start)).toBeGreaterThan(plain.loss(start));
    expect(both.some((g, k) => g.some((v, i) => Math.abs(v - base[k][i]) > 1e-9))).toBe(true);
  });

  it('fgsm trains at the corner that raises the loss', () => {
    expect(build('fgsm', {}).loss(start)).toBeGreaterThan(build('natural', {}).loss(start));
    const same = build('fgsm', { attackAlpha: 1 }).loss(start);
    expect(build('fgsm', { attackAlpha: 1.25 }).loss(start)).toBeCloseTo(same, 12);
  });

  it('names the objectives there are', () => {
    expect(() => objectiveNamed('trades')).toThrow(/natural, fgsm, pgd/);
  });
});
