import { describe, expect, it } from 'vitest';
import { ballNorm } from '../bounds/ball.ts';
import { mnist } from '../data/mnist.ts';
import { createRng } from '../data/rng.ts';
import { compile } from '../engine/compile.ts';
import { forward } from '../nn/forward.ts';
import { initialize } from '../nn/initialize.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { buildModel } from '../nn/zoo/models.ts';
import {
  add,
  constant,
  float32,
  int32,
  interpret,
  matmul,
  mul,
  neg,
  sum,
  trace,
  type Tensor,
} from '../tensor/index.ts';
import { epsilonBox, pointIn, project, radiusOf } from './box.ts';
import { fgsm } from './fgsm.ts';
import { crossEntropyGoal, labelMargin, type Goal } from './goal.ts';
import { pgdAttack } from './pgd.ts';

/** logits = x·W with known geometry: the worst corner is known. */
const weights = constant(Float64Array.of(1, -2, -1, 0.5, 3, 0), [3, 2]);

const evaluate = <R>(f: (x: Tensor, y: Tensor) => R, x: number[], y: number[]) => {
  const { program } = trace((args) => f(args.x, args.y), {
    x: float32([y.length, x.length / y.length]),
    y: int32([y.length]),
  });
  return interpret(program, [x, y]);
};

/** Led by the margin itself, whose way down is known. */
const marginGoal = (labels: Tensor): Goal => ({
  margin: (logits) => labelMargin(logits, labels),
  loss: (logits) => neg(sum(labelMargin(logits, labels))),
});

describe('goals', () => {
  it('measure the label’s margin', () => {
    const logits = [1, 3, 2, 0, -1, -4];
    const [margins] = evaluate((l, y) => labelMargin(l, y), logits, [1, 0]);
    expect([...margins]).toEqual([1, 1]);
  });
});

describe('attacks on a linear map', () => {
  const logitsOf = (x: Tensor): Tensor => matmul(x, weights);
  const x = [0.5, 0.5, 0.02];

  it('fgsm reaches the worst corner of the clipped box', () => {
    const [found] = evaluate(
      (input, y) =>
        fgsm((at) => marginGoal(y).loss(logitsOf(at)), {
          start: input,
          box: epsilonBox(input, 0.1),
          stepSize: 1,
        }),
      x,
      [0],
    );
    // margin = 3x₀ − 1.5x₁ + 3x₂
    [0.4, 0.6, 0].forEach((v, i) => expect(found[i]).toBeCloseTo(v, 12));
  });

  it('pgd finds it in steps, from any start, and reports its margin', () => {
    const noise = createRng(1).fillUniform(new Float64Array(12), 0, 1);
    for (const goalOf of [marginGoal, crossEntropyGoal]) {
      const [adversarial, margin] = evaluate(
        (input, y) =>
          pgdAttack(logitsOf, {
            box: epsilonBox(input, 0.1),
            goal: goalOf(y),
            stepSize: 0.03,
            steps: 10,
            noise: constant(noise, [4, 1, 3]),
          }),
        x,
        [0],
      );
      [0.4, 0.6, 0].forEach((v, i) => expect(adversarial[i]).toBeCloseTo(v, 12));
      expect(margin[0]).toBeCloseTo(3 * 0.4 - 1.5 * 0.6, 12);
    }
  });

  it('keeps the best point visited, not the last', () => {
    const [adversarial, margin] = evaluate(
      (input, y) =>
        pgdAttack(logitsOf, {
          box: epsilonBox(input, 0.1),
          goal: { ...marginGoal(y), loss: (logits) => labelSum(logits) },
          stepSize: 0.05,
          steps: 3,
          start: input,
        }),
      x,
      [0],
    );
    expect([...adversarial]).toEqual(x);
    expect(margin[0]).toBeCloseTo(1.5 - 0.75 + 0.06, 12);
  });
});

describe('attacks within balls', () => {
  const logitsOf = (x: Tensor): Tensor => matmul(x, weights);
  const x = [0.5, 0.5, 0.02];
  // margin = 3x₀ − 1.5x₁ + 3x₂: down along (−3, 1.5, −3), of which the third has room of .02 only.
  const best = { 1: [0.32, 0.5, 0], 2: [0.5 - 0.2 * 0.89, 0.5 + 0.2 * 0.445, 0] } as const;

  it.each([1, 2] as const)('l%d: fgsm and pgd end where a linear map is least', (norm) => {
    const [stepped, walked] = evaluate(
      (input, y) => {
        const box = epsilonBox(input, 0.2, norm);
        const goal = marginGoal(y);
        const at = fgsm((p) => goal.loss(logitsOf(p)), { start: input, box, stepSize: 0.2 });
        const options = { box, goal, stepSize: 0.05, steps: 40, noise: constant(noise, [2, 1, 3]) };
        return { at, walked: pgdAttack(logitsOf, options).adversarial };
      },
      x,
      [0],
    );
    walked.forEach((v, i) => expect(v).toBeCloseTo(best[norm][i], 1));
    const margin = (p: ArrayLike<number>): number => 3 * p[0] - 1.5 * p[1] + 3 * p[2];
    expect(margin(walked)).toBeLessThan(margin(best[norm]) + 0.01);
    expect(margin(stepped)).toBeLessThan(margin(x) - 0.3);
    for (const p of [stepped, walked]) {
      expect(ballNorm(norm, p, x, [0.2, 0.2, 0.2])).toBeLessThan(1 + 1e-9);
      expect(Math.min(...p)).toBeGreaterThanOrEqual(0);
    }
  });
  const noise = createRng(2).fillUniform(new Float64Array(6), 0, 1);

  it('projections and random points lie in ball and box, and stay where they were if they did', () => {
    const rng = createRng('projections');
    const n = 12;
    for (const norm of [1, 2] as const)
      for (let k = 0; k < 20; k++) {
        const center = rng.fillUniform(new Float64Array(n), 0, 1);
        const far = rng.fillUniform(new Float64Array(n), -1, 2);
        const radius = rng.uniform(0.1, 2);
        const own = evaluate(
          (input) => {
            const box = epsilonBox(input, radius, norm);
            const moved = project(constant(far, [1, n]), box);
            const random = pointIn(box, constant(rng.fillUniform(new Float64Array(n), 0, 1), [1, n]));
            return { moved, again: project(moved, box), random };
          },
          [...center],
          [0],
        );
        for (const point of own) {
          expect(ballNorm(norm, point, center, new Float64Array(n).fill(radius))).toBeLessThan(1 + 1e-9);
          point.forEach((v) => expect(Math.abs(v - 0.5)).toBeLessThanOrEqual(0.5));
        }
        own[1].forEach((v, i) => expect(v).toBeCloseTo(own[0][i], 12));
      }
  });
});

describe('inputs of another domain', () => {
  const domain = { lower: [0, -5], upper: [100, 5], radii: [2, 0] };

  it('move by radii of their own within their range, and what is fixed stays', async () => {
    const program = compile(
      ({ x }) => {
        const { lower, upper } = epsilonBox(x, 1.5, 'inf', domain);
        return { lower, upper, radius: add(x, radiusOf(constant(1.5), 2, domain)) };
      },
      { x: float32([2, 2]) },
      { threads: 1 },
    );
    const found = await program.run({ x: Float32Array.of(1, 3, 99, -4) });
    expect([...found.lower.data]).toEqual([0, 3, 96, -4]);
    expect([...found.upper.data]).toEqual([4, 3, 100, -4]);
    expect([...found.radius.data]).toEqual([4, 3, 102, -4]);
  });
});

describe('pgd in the engine', () => {
  it('stays in the box and agrees with the interpreter', async () => {
    const network = buildModel('cnn_small', {
      classes: 4,
      inputShape: [1, 12, 12],
      bn: false,
      normalization: mnist.normalization,
    });
    const rng = createRng(5);
    const specs = {
      params: Object.fromEntries(parameterSpecs(network).map((s) => [s.key, float32(s.shape)])),
      x: float32([2, 1, 12, 12]),
      y: int32([2]),
      noise: float32([2, 2, 1, 12, 12]),
    };
    const attack = compile(
      ({ params, x, y, noise }) =>
        pgdAttack((at) => forward(network, params, at, { mode: 'eval' }).output, {
          box: epsilonBox(x, 0.1),
          goal: crossEntropyGoal(y),
          stepSize: 0.025,
          steps: 5,
          noise,
        }),
      specs,
      { threads: 1 },
    );
    const feeds = {
      params: initialize(network, rng),
      x: rng.fillUniform(new Float32Array(288), 0, 1),
      y: Int32Array.of(1, 2),
      noise: rng.fillUniform(new Float32Array(576), 0, 1),
    };
    const { adversarial, margin } = await attack.run(feeds);
    feeds.x.forEach((v, i) => {
      const moved = adversarial.data[i];
      expect(moved).toBeGreaterThanOrEqual(Math.max(0, v - 0.1) - 1e-6);
      expect(moved).toBeLessThanOrEqual(Math.min(1, v + 0.1) + 1e-6);
    });
    const wanted = interpret(attack.program, [...Object.values(feeds.params), feeds.x, feeds.y, feeds.noise]);
    wanted[1].forEach((m, i) => expect(margin.data[i]).toBeCloseTo(m, 3));
  });
});

function labelSum(logits: Tensor): Tensor {
  return sum(mul(logits, constant(Float64Array.of(1, -1), [1, 2])));
}
