import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import {
  add,
  channelAffine,
  constant,
  float32,
  interpret,
  mul,
  sum,
  tanh,
  trace,
  vjp,
  type Tensor,
} from '../tensor/index.ts';
import { batchNormTrain, channelMean, channelVariance, normalizingAffine } from './batchMoments.ts';

const shape = [3, 2, 4, 3];
const size = 72;
const eps = 1e-3;
const rng = createRng('batch norm');
const x = rng.fillNormal(new Float64Array(size), 0.7, 2);
const feeds = [x, Float64Array.of(1.3, -0.6), Float64Array.of(0.2, 0.5)];
const specs = [float32(shape), float32([2]), float32([2])];
const mixture = rng.fillNormal(new Float64Array(size));

const scalarOf = (y: Tensor): Tensor => sum(mul(add(tanh(y), mul(y, y)), constant(mixture, shape)));

function plainBatchNorm(input: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const { scale, shift } = normalizingAffine(gamma, beta, channelMean(input), channelVariance(input), eps);
  return channelAffine(input, scale, shift);
}

function derivatives(f: (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor): Float64Array[] {
  const { program } = trace((inputs) => {
    const [a, b, c] = inputs as unknown as [Tensor, Tensor, Tensor];
    const loss = scalarOf(f(a, b, c));
    const first = vjp(loss, [a, b, c]);
    const mixed = first.map((g) => sum(mul(g, g))).reduce((p, q) => add(p, q));
    return [loss, ...first, ...vjp(mixed, [a, b, c])];
  }, specs);
  return interpret(program, feeds);
}

function expectClose(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++)
    expect(Math.abs(actual[i] - wanted[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted[i])));
}

describe('batch statistics', () => {
  it('are mean and biased variance per channel', () => {
    const { program } = trace((t: Tensor) => [channelMean(t), channelVariance(t)], float32(shape));
    const [mean, variance] = interpret(program, [x]);
    for (const c of [0, 1]) {
      const values = [...x].filter((_, i) => Math.floor(i / 12) % 2 === c);
      const m = values.reduce((a, b) => a + b) / 36;
      expect(mean[c]).toBeCloseTo(m, 10);
      expect(variance[c]).toBeCloseTo(values.reduce((a, b) => a + (b - m) ** 2, 0) / 36, 10);
    }
  });

  it('a training pass has the first and second derivatives of its definition', () => {
    const fused = derivatives((a, b, c) => batchNormTrain(a, b, c, eps));
    const plain = derivatives(plainBatchNorm);
    fused.forEach((part, i) => expectClose(part, plain[i], 1e-9));
  });

  it('derivatives meet finite differences', () => {
    const run = (at: readonly Float64Array[]) =>
      interpret(
        trace((inputs) => {
          const [a, b, c] = inputs as unknown as [Tensor, Tensor, Tensor];
          return scalarOf(batchNormTrain(a, b, c, eps));
        }, specs).program,
        at,
      )[0][0];
    const [, ...gradient] = derivatives((a, b, c) => batchNormTrain(a, b, c, eps));
    feeds.forEach((feed, k) => {
      for (const i of [0, 1, feed.length - 1]) {
        const h = 1e-5;
        const at = (d: number) =>
          run(feeds.map((f, j) => (j === k ? f.map((v, n) => (n === i ? v + d : v)) : f)));
        const slope = (at(h) - at(-h)) / (2 * h);
        expect(Math.abs(gradient[k][i] - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
      }
    });
  });
});
