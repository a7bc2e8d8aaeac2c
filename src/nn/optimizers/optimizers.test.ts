import { describe, expect, it } from 'vitest';
import { float32, interpret, trace, type Tensor } from '../../tensor/index.ts';
import { clipGradNorm } from './clip.ts';
import { multiStepLr } from './learningRate.ts';
import type { Optimizer } from './optimizer.ts';
import { buildOptimizer } from './optimizers.ts';

const specs = { w: float32([3]) };
const start = [1, -2, 0.5];
const gradients = [
  [0.3, -0.1, 2],
  [0.1, 0.4, -1],
  [-0.2, 0.05, 0.7],
];

/** Runs three updates through the interpreter. */
function run(optimizer: Optimizer, lr: number): number[] {
  const state = optimizer.stateSpecs(specs);
  const { program } = trace((args) => optimizer.update({ ...args }), {
    params: specs,
    gradients: specs,
    state,
    lr: float32([]),
  });
  let w = Float64Array.from(start);
  let kept = Object.values(state).map((s) => new Float64Array(s.shape.reduce((a, b) => a * b, 1)));
  for (const g of gradients) {
    const [next, ...rest] = interpret(program, [w, g, ...kept, [lr]]);
    w = Float64Array.from(next);
    kept = rest.map((r) => Float64Array.from(r));
  }
  return [...w];
}

function expectNear(actual: readonly number[], wanted: readonly number[]): void {
  wanted.forEach((v, i) => expect(actual[i]).toBeCloseTo(v, 12));
}

describe('optimisers follow their recurrences', () => {
  it('sgd with momentum and weight decay', () => {
    const w = [...start];
    const v = [0, 0, 0];
    for (const g of gradients)
      w.forEach((_, i) => {
        v[i] = 0.9 * v[i] + g[i] + 0.01 * w[i];
        w[i] -= 0.1 * v[i];
      });
    expectNear(run(buildOptimizer('sgd', { momentum: 0.9, weightDecay: 0.01 }), 0.1), w);
  });

  it('sgd without momentum keeps no state', () => {
    expect(buildOptimizer('sgd').stateSpecs(specs)).toEqual({});
    expectNear(
      run(buildOptimizer('sgd'), 0.1),
      start.map((w, i) => w - 0.1 * gradients.reduce((s, g) => s + g[i], 0)),
    );
  });

  it('adam with its bias corrections', () => {
    const w = [...start];
    const m = [0, 0, 0];
    const v = [0, 0, 0];
    gradients.forEach((g, t) =>
      w.forEach((_, i) => {
        const d = g[i] + 0.02 * w[i];
        m[i] = 0.9 * m[i] + 0.1 * d;
        v[i] = 0.999 * v[i] + 0.001 * d * d;
        const [c1, c2] = [1 - 0.9 ** (t + 1), 1 - 0.999 ** (t + 1)];
        w[i] -= ((0.01 / c1) * m[i]) / (Math.sqrt(v[i]) / Math.sqrt(c2) + 1e-8);
      }),
    );
    expectNear(run(buildOptimizer('adam', { weightDecay: 0.02 }), 0.01), w);
  });

  it('names the optimisers there are', () => {
    expect(() => buildOptimizer('lion')).toThrow(/sgd, adam/);
  });
});

describe('clipping and schedules', () => {
  const clip = (maxNorm: number) => {
    const { program } = trace((args: { a: Tensor; b: Tensor }) => clipGradNorm({ ...args }, maxNorm), {
      a: float32([1]),
      b: float32([1]),
    });
    return interpret(program, [[3], [4]]).map((x) => x[0]);
  };

  it('scales the whole gradient to the norm asked for', () => {
    const [a, b, norm] = clip(1);
    expect(norm).toBe(5);
    expect(a).toBeCloseTo(0.6, 6);
    expect(b).toBeCloseTo(0.8, 6);
    expect(clip(8)).toEqual([3, 4, 5]);
    expect(clip(0)).toEqual([3, 4, 5]);
  });

  it('lowers the learning rate at each milestone', () => {
    const lr = multiStepLr(0.1, [2, 4]);
    expect([0, 1, 2, 3, 4].map((e) => Number(lr(e).toPrecision(6)))).toEqual([0.1, 0.1, 0.01, 0.01, 0.001]);
  });
});
