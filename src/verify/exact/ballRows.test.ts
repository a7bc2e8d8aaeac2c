import { describe, expect, it } from 'vitest';
import { ballNorm } from '../../bounds/ball.ts';
import { ballIn } from '../../bounds/box.ts';
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import { createRng } from '../../data/rng.ts';
import { initialize } from '../../nn/initialize.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { highs } from './highs.ts';
import { solveDomain } from './linearProgram.ts';

/** A linear map with one output over a ball within a wide box: its least value is known. */
async function leastOf(norm: 1 | 2, n: number) {
  const rng = createRng(`ball rows ${norm} ${n}`);
  const network = sequential('linear', [n]).linear(1).build();
  const numbers = initialize(network, rng);
  const [weight, bias] = Object.values(numbers);
  const center = rng.fillUniform(new Float64Array(n), -1, 1).map(Math.fround);
  const radius = rng.fillUniform(new Float64Array(n), 0.5, 2).map(Math.fround);
  const ends = { lower: new Float64Array(n).fill(-5), upper: new Float64Array(n).fill(5) };
  const box = ballIn({ norm, center, radius }, ends.lower, ends.upper);
  const reach = Array.from(weight, (w, i) => Math.abs(w * radius[i]));
  const dual = norm === 2 ? Math.hypot(...reach) : Math.max(...reach);
  const least = weight.reduce((sum, w, i) => sum + w * center[i], bias[0]) - dual;
  // Unsafe just below the least value: the rounds of tangents go on until the program sees it.
  const bound = least - 0.01 * dual;
  const row = { coefficients: Float64Array.of(1), bound };
  const net = boundNetwork(network, numbers);
  const found = solveDomain(await highs(), net, box, {}, {}, [row], 30, { weightError: 0 });
  const missed = solveDomain(await highs(), net, box, {}, {}, [{ ...row, bound: least + 0.01 * dual }], 30, {
    weightError: 0,
  });
  return { found, missed, margin: least - bound, center, radius };
}

describe('balls in linear programs', () => {
  it.each([
    [1, 3],
    [1, 20],
    [2, 3],
    [2, 20],
    [2, 60],
  ] as const)('l%d in %d dimensions', async (norm, n) => {
    const { found, missed, margin, center, radius } = await leastOf(norm, n);
    if (found.kind !== 'optimal' || missed.kind !== 'optimal') throw new Error('no optimum');
    expect(found.lower).toBeGreaterThan(0);
    expect(found.lower).toBeLessThanOrEqual(margin + 1e-9);
    expect(missed.lower).toBeLessThanOrEqual(0);
    expect(ballNorm(norm, missed.point, center, radius)).toBeLessThan(1 + 1e-4);
  });
});
