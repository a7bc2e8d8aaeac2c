import { describe, expect, it } from 'vitest';
import { mnist } from '../../data/mnist.ts';
import { createRng } from '../../data/rng.ts';
import { initialize } from '../../nn/initialize.ts';
import type { Network } from '../../nn/network.ts';
import { parameterInputs, splitParameters } from '../../nn/parameters.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { float32, int32, interpret, trace, valueAndGradWith } from '../../tensor/index.ts';
import { objectiveContext } from './context.ts';
import type { ObjectiveOptions } from './objective.ts';
import { objectives } from './objectives.ts';

const piecewise: Network = sequential('tiny', [1, 5, 5])
  .normalize(mnist.normalization)
  .conv(2, { kernel: 3, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(4)
  .relu()
  .linear(3)
  .build();
/** Attacks stop at signs of gradients, and those need a smooth network to be stable under small differences. */
const smooth: Network = {
  ...piecewise,
  layers: piecewise.layers.map((l) => (l.kind === 'relu' ? { ...l, kind: 'tanh' as const } : l)),
};
const batch = [3, 1, 5, 5];
const size = 75;
const { trainable, buffers } = parameterInputs(smooth);
const rng = createRng('objectives');
const weights = splitParameters(smooth, initialize(smooth, rng));
const x = rng.fillUniform(new Float64Array(size), 0.2, 0.8);
const noise = rng.fillUniform(new Float64Array(size), -1, 1);
const labels = [0, 2, 1];

/** Program of loss and gradient, and the flat feeds that go with it. */
function build(name: string, options: ObjectiveOptions, network = smooth) {
  const objective = objectives.named(name);
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
      const context = objectiveContext({ network, params: all, mode: 'train', norm: options.norm, ...args });
      const result = objective.evaluate(context, options);
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

describe('gradients of the objectives meet finite differences', () => {
  const cases: [string, string, ObjectiveOptions, Network?][] = [
    ['natural', 'natural', {}],
    ['fgsm', 'fgsm', {}],
    ['fgsm from a random start', 'fgsm', { randomStart: true, attackAlpha: 0.5 }],
    ['pgd', 'pgd', { attackSteps: 3 }],
    ['ibp', 'ibp', {}, piecewise],
    ['ibp through tanh', 'ibp', {}],
    ['crownIbp with loss fusion', 'crownIbp', { epsilonMax: 0.2 }, piecewise],
    ['crownIbp, margins', 'crownIbp', { crownShare: 0.7, noLossFusion: true }, piecewise],
    ['crownIbp, same slope', 'crownIbp', { crownShare: 1, relaxation: 'same-slope' }, piecewise],
    ['crown with loss fusion', 'crown', {}, piecewise],
    ['crown, margins', 'crown', { noLossFusion: true }, piecewise],
    ['fastIbp', 'fastIbp', { epsilonMax: 0.2 }, piecewise],
    ['mtlIbp', 'mtlIbp', { boundShare: 0.3 }],
    ['ccIbp', 'ccIbp', { boundShare: 0.3, attackSteps: 2 }],
    ['sabr', 'sabr', { smallBox: 0.25 }],
    // Of l2 balls the attacked point, a constant to the gradient, moves smoothly with the weights: no differences there.
    ['pgd in an l1 ball', 'pgd', { norm: 1, attackSteps: 3 }],
    ['ibp of an l2 ball', 'ibp', { norm: 2 }, piecewise],
    ['ibp of an l1 ball', 'ibp', { norm: 1 }, piecewise],
    ['crownIbp of an l2 ball', 'crownIbp', { norm: 2, epsilonMax: 0.2 }, piecewise],
    ['crown of an l2 ball', 'crown', { norm: 2 }, piecewise],
    ['crown of an l2 ball, margins', 'crown', { norm: 2, noLossFusion: true }, piecewise],
    ['crown of an l1 ball', 'crown', { norm: 1 }, piecewise],
  ];

  it('covers the table', () => {
    expect(new Set(cases.map((c) => c[1]))).toEqual(new Set(objectives.names()));
  });

  it.each(cases)('%s', (_, name, options, network) => {
    const { loss, gradient } = build(name, options, network);
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
    expect(() => objectives.named('trades')).toThrow(/natural, fgsm, pgd/);
  });
});

describe('losses from bounds', () => {
  const at = (name: string, options: ObjectiveOptions = {}, network = piecewise) =>
    build(name, options, network).loss(start);
  const share = (crownShare: number, lossFusion = true) => at('crownIbp', { crownShare, lossFusion });

  it('are above every attack’s loss, and tighter bounds are lower', () => {
    expect(at('ibp')).toBeGreaterThan(at('pgd', { attackSteps: 10 }));
    expect(at('crown')).toBeGreaterThan(at('pgd', { attackSteps: 10 }));
    expect(share(1)).toBeGreaterThanOrEqual(at('crown') - 1e-12);
    expect(at('sabr', { smallBox: 0.2 })).toBeLessThan(at('ibp'));
  });

  it('CROWN-IBP without CROWN is IBP, fused or not, and fusion loses little', () => {
    expect(share(0)).toBeCloseTo(at('ibp'), 12);
    expect(share(0, false)).toBeCloseTo(at('ibp'), 12);
    expect(share(1)).toBeGreaterThanOrEqual(share(1, false));
    expect(share(1) - share(1, false)).toBeLessThan(0.05);
  });

  it('of balls are above those of attacks in them, and below those of larger sets', () => {
    for (const [norm, larger] of [
      [2, 'inf'],
      [1, 2],
    ] as const) {
      const crown = at('crown', { norm });
      expect(at('ibp', { norm })).toBeGreaterThan(crown);
      expect(crown).toBeGreaterThan(at('pgd', { norm, attackSteps: 10 }));
      expect(at('fgsm', { norm })).toBeGreaterThan(at('natural'));
      for (const name of ['ibp', 'crown', 'pgd', 'fgsm'])
        expect(at(name, { norm: larger })).toBeGreaterThan(at(name, { norm }));
    }
  });

  it('SABR with the whole box is IBP; mixtures end where their share says', () => {
    expect(at('sabr', { smallBox: 1 })).toBeCloseTo(at('ibp'), 12);
    for (const mixture of ['mtlIbp', 'ccIbp']) {
      expect(at(mixture, { boundShare: 1 })).toBeCloseTo(at('ibp'), 12);
      const attacked = at('pgd', { attackSteps: 1, attackAlpha: 1.25 });
      expect(at(mixture, { boundShare: 0 })).toBeCloseTo(attacked, 12);
    }
  });

  it('come down to simpler objectives where those have the same loss', () => {
    for (const { name, ...objective } of objectives.members()) {
      const simpler = objective.simplerAt?.(0, { epsilonMax: 0.1 });
      if (name === 'natural' || name === 'fgsm' || name === 'pgd') expect(simpler).toBeUndefined();
      else expect(simpler).toBe('natural');
    }
    expect(objectives.named('crownIbp').simplerAt!(0.1, { epsilonMax: 0.1 })).toBe('ibp');
    expect(objectives.named('crownIbp').simplerAt!(0.05, { epsilonMax: 0.1 })).toBeUndefined();
  });
});

it('fastIbp is refused for a network without ReLU: its regularisers are means over none', () => {
  expect(() => build('fastIbp', { epsilonMax: 0.2 })).toThrow(
    /fastIbp are means over ReLUs, and tiny has none: choose the objective ibp/,
  );
});
