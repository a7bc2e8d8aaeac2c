import { describe, expect, it } from 'vitest';
import { mnist } from '../../data/mnist.ts';
import { createRng } from '../../data/rng.ts';
import { initialize } from '../../nn/initialize.ts';
import { parameterInputs, splitParameters } from '../../nn/parameters.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { float32, int32, interpret, trace, valueAndGradWith } from '../../tensor/index.ts';
import { objectiveContext } from '../objectives/context.ts';
import { regularizerWeight, type RegularizerSettings } from './regularizer.ts';
import { regularizers } from './regularizers.ts';

const network = sequential('tiny', [1, 5, 5])
  .normalize(mnist.normalization)
  .conv(2, { kernel: 3, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(4)
  .relu()
  .linear(3)
  .build();
const rng = createRng('regularizers');
const numbers = splitParameters(network, initialize(network, rng));
const start = Object.values(numbers.trainable).map((v) => Float64Array.from(v));
const keys = Object.keys(numbers.trainable);
const gammaKey = keys.indexOf('bn1.weight');
start[gammaKey].set([0.7, -1.3]);
const x = rng.fillUniform(new Float64Array(75), 0.2, 0.8);

function build(name: string, options: RegularizerSettings) {
  const { trainable, buffers } = parameterInputs(network);
  const { program } = trace(
    ({ params, state, ...args }) => {
      const [value, , gradient] = valueAndGradWith((p: typeof params) => {
        const site = { network, params: { ...p, ...state }, noise: {}, mode: 'train' as const, ...args };
        return [regularizers.named(name).evaluate(objectiveContext(site), options), undefined] as const;
      })(params);
      return { value, gradient };
    },
    { params: trainable, state: buffers, x: float32([3, 1, 5, 5]), y: int32([3]), epsilon: float32([]) },
  );
  const rest = [...Object.values(numbers.buffers), x, [0, 2, 1], [0.05]];
  const run = (params: readonly ArrayLike<number>[]) => interpret(program, [...params, ...rest]);
  return { value: (p = start) => run(p)[0][0], gradient: () => run(start).slice(1) };
}

describe('regularisers', () => {
  const cases: [string, string, RegularizerSettings][] = [
    ['nrs, adversarial, γ⁰', 'nrs', { gammaPow: 0 }],
    ['nrs, certified, γ⁰', 'nrs', { form: 'certified', gammaPow: 0 }],
    ['rs at a radius of its own', 'rs', { epsilon: 0.02 }],
    ['slim', 'slim', {}],
    ['l1', 'l1', {}],
  ];

  it('are all covered', () => {
    expect(new Set(cases.map((c) => c[1]))).toEqual(new Set(regularizers.names()));
  });

  // With p > 0 the denominator counts as a constant: those gradients are checked against the study's.
  it.each(cases)('%s: gradient meets finite differences', (_, name, options) => {
    const { value, gradient } = build(name, options);
    const found = gradient();
    start.forEach((values, k) => {
      const i = values.length - 1;
      const at = (d: number) =>
        value(start.map((v, j) => (j === k ? v.map((w, n) => (n === i ? w + d : w)) : v)));
      const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
      expect(Math.abs(found[k][i] - slope), keys[k]).toBeLessThan(1e-6);
    });
  });

  it('slim is Σ|γ|', () => {
    expect(build('slim', {}).value()).toBeCloseTo(2, 12);
  });

  it('nrs lies in −1..1; its sign of γ matters at odd powers only', () => {
    for (const gammaPow of [1, 2, 3]) {
      const value = build('nrs', { gammaPow }).value();
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
      const signed = build('nrs', { gammaPow, signedGamma: true }).value();
      if (gammaPow === 2) expect(signed).toBe(value);
      else expect(signed).not.toBeCloseTo(value, 6);
    }
  });

  it('weights rise over their epochs', () => {
    const plan = { weight: 2, start: 3, length: 4 };
    const at = (epoch: number, batch = 0) => regularizerWeight(plan, { epoch, batch, batchesPerEpoch: 10 });
    expect([at(1), at(3), at(4, 5), at(7), at(20)]).toEqual([0, 0, 0.75, 2, 2]);
    expect(regularizerWeight({ weight: 2 }, { epoch: 1, batch: 0, batchesPerEpoch: 10 })).toBe(2);
  });

  it('names what there is', () => {
    expect(() => regularizers.named('l3')).toThrow(/nrs, rs, slim, l1/);
  });
});
