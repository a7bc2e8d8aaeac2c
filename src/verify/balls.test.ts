import { describe, expect, it } from 'vitest';
import { ballNorm, type BallNorm } from '../bounds/ball.ts';
import type { HostBall } from '../bounds/box.ts';
import { createRng } from '../data/rng.ts';
import { evaluateNetwork } from '../nn/evaluate.testing.ts';
import { initialize } from '../nn/initialize.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { createVerifier, type Verifier, type VerifyOptions } from './pipeline.ts';
import { intoBall, prepareNetwork } from './prepare.ts';
import { marginRow, robustness, safetyMargin, type Specification } from './specification.ts';

const withoutAttack: VerifyOptions = {
  cheapAttack: { steps: 1, restarts: 0, relativeStep: 1 },
  strongAttack: { steps: 1, restarts: 0, relativeStep: 1 },
};

const verifierOf = (given: NumberedNetwork): Promise<Verifier> =>
  createVerifier(prepareNetwork(given), { threads: 1 });

const inside = (spec: Specification, x: ArrayLike<number>): boolean => {
  const { norm, center, radius } = spec.ball!;
  return (
    ballNorm(norm, x, center, radius) <= 1 &&
    Array.from(x).every((v, i) => v >= spec.lower[i] && v <= spec.upper[i])
  );
};

/** The verdict, checked: a counterexample lies in the set and is unsafe. */
async function verdictOf(verifier: Verifier, spec: Specification, options: VerifyOptions = {}) {
  const { verdict } = await verifier.verify(spec, { timeoutSeconds: 20, ...options });
  if (verdict.kind === 'falsified') {
    expect(inside(spec, verdict.witness.input)).toBe(true);
    expect(safetyMargin(spec.unsafe, verdict.witness.outputs)).toBeLessThanOrEqual(0);
  }
  return verdict.kind;
}

describe.each([1, 2] as const)('l%d balls', (norm: BallNorm) => {
  it('around a linear map are decided by the distance from its boundary', async () => {
    const n = 40;
    const rng = createRng(`planted ${norm}`);
    const network = sequential('linear', [n]).linear(2).build();
    const numbers = initialize(network, rng);
    const [weight, bias] = Object.values(numbers);
    const w = Array.from({ length: n }, (_, i) => weight[i] - weight[n + i]);
    const image = rng.fillUniform(new Float32Array(n), 0.4, 0.6);
    const margin = image.reduce((sum, v, i) => sum + v * w[i], bias[0] - bias[1]);
    const label = margin > 0 ? 0 : 1;
    const dual = norm === 2 ? Math.hypot(...w) : Math.max(...w.map(Math.abs));
    const distance = Math.abs(margin) / dual;
    // The pixel range must not bind.
    expect(distance).toBeLessThan(0.39);
    const verifier = await verifierOf({ network, numbers });
    for (const options of [{}, withoutAttack]) {
      const at = (share: number) =>
        verdictOf(verifier, robustness(image, label, 2, distance * share, 'all', undefined, norm), options);
      expect(await at(1.0005)).toBe('falsified');
      expect(await at(0.9995)).toBe('verified');
    }
  });

  it('of small networks are decided as a fine grid decides them', async () => {
    let asked = 0;
    for (let trial = 0; trial < 2; trial++) {
      const rng = createRng(`grid ${norm} ${trial}`);
      const network = sequential('small', [2]).linear(8).relu().linear(6).relu().linear(3).build();
      const given = { network, numbers: initialize(network, rng) };
      const verifier = await verifierOf(given);
      const center = rng.fillUniform(new Float64Array(2), 0.1, 0.9);
      const ball: HostBall = { norm, center, radius: Float64Array.of(0.5, 0.8) };
      const ends = { lower: new Float64Array(2), upper: new Float64Array(2).fill(1) };
      const row = { ...marginRow(0, 1 + (trial % 2), 3), bound: 0 };
      const side = 120;
      const points: number[] = [];
      for (let i = 0; i <= side; i++)
        for (let j = 0; j <= side; j++)
          if (ballNorm(norm, [i / side, j / side], center, ball.radius) <= 1) points.push(i / side, j / side);
      const outputs = evaluateNetwork(network, given.numbers, points, points.length / 2);
      const values = Array.from({ length: points.length / 2 }, (_, p) =>
        row.coefficients.reduce((sum, c, k) => sum + c * outputs[3 * p + k], 0),
      );
      const least = values.reduce((a, b) => Math.min(a, b));
      const range = values.reduce((a, b) => Math.max(a, b)) - least;
      for (const [offset, options] of [
        [-0.02, {}],
        [-0.02, withoutAttack],
        [0.01, {}],
        [0.01, withoutAttack],
      ] as const) {
        const spec: Specification = { ...ends, ball, unsafe: [[{ ...row, bound: least + offset * range }]] };
        const wanted = offset < 0 ? 'verified' : 'falsified';
        expect(await verdictOf(verifier, spec, options), `trial ${trial}, offset ${offset}`).toBe(wanted);
        asked++;
      }
      if (norm === 1 && trial === 0) {
        const spec = (offset: number): Specification => ({
          ...ends,
          ball,
          unsafe: [[{ ...row, bound: least + offset * range }]],
        });
        expect(await verdictOf(verifier, spec(-0.02), { ...withoutAttack, method: 'mip' })).toBe('verified');
        expect(await verdictOf(verifier, spec(0.01), { ...withoutAttack, method: 'mip' })).toBe('falsified');
      }
    }
    expect(asked).toBe(8);
  });
});

describe('l2 balls', () => {
  it('are refused by the method mip', async () => {
    const network = sequential('small', [2]).linear(3).relu().linear(2).build();
    const given = { network, numbers: initialize(network, createRng(1)) };
    const spec = robustness([0.5, 0.5], 0, 2, 0.2, 'all', undefined, 2);
    await expect(verdictOf(await verifierOf(given), spec, { method: 'mip' })).rejects.toThrow(
      /l2 ball is not linear/,
    );
  });
});

describe('points drawn into a ball', () => {
  it('lie in it exactly, and stay where they are if they do', () => {
    const rng = createRng('into');
    for (const norm of [1, 2] as const)
      for (let k = 0; k < 50; k++) {
        const n = 1 + rng.integer(50);
        const center = rng.fillUniform(new Float64Array(n), 0, 1);
        const radius = new Float64Array(n).fill(rng.uniform(1e-3, 2));
        const [lower, upper] = [new Float64Array(n), new Float64Array(n).fill(1)];
        const point = rng.fillUniform(new Float32Array(n), 0, 1);
        const moved = intoBall({ norm, center, radius }, point, lower, upper);
        const distance = ballNorm(norm, moved, center, radius);
        expect(distance).toBeLessThanOrEqual(1);
        if (ballNorm(norm, point, center, radius) <= 1) expect(moved).toEqual(point);
        else expect(distance).toBeGreaterThan(0.999);
      }
  });
});
