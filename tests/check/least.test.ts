import { describe, expect, it } from 'vitest';
import { leastOfBall, leastOfBox } from '../../src/check/bounds/least.ts';
import { createRng } from '../../src/data/rng.ts';

const dot = (a: Float64Array, x: Float64Array): number => a.reduce((sum, n, i) => sum + n * x[i], 0);

/** The point of the box nearest to a far point against a, scaled into the ball: near the least for both norms. */
describe('the least of a linear function over a box met with a ball', () => {
  it.each(['l1', 'l2'] as const)('%s: below every point, and close to the least', (norm) => {
    for (let seed = 0; seed < 40; seed++) {
      const rng = createRng(`${norm} ${seed}`);
      const n = 1 + rng.integer(8);
      const a = rng.fillNormal(new Float64Array(n));
      if (seed % 5 === 0) a[0] = 0;
      const center = rng.fillUniform(new Float64Array(n), 0, 1);
      const radius = rng.uniform(0, 1.5);
      /* Halved inputs may leave the centre outside. */
      const lower = center.map((c) =>
        rng.next() < 0.2 ? c + rng.uniform(0, 0.05) : Math.max(0, c - rng.uniform(0, 0.8)),
      );
      const upper = lower.map((l, i) => Math.max(l, Math.min(1.1, center[i] + rng.uniform(0, 0.8))));
      const ball = { norm, center, radius };
      const bound = leastOfBall(a, lower, upper, ball);
      expect(bound).toBeGreaterThanOrEqual(leastOfBox(a, lower, upper));
      const length = (x: Float64Array): number => {
        const d = x.map((v, i) => Math.abs(v - center[i]));
        return norm === 'l1' ? d.reduce((s, v) => s + v, 0) : Math.hypot(...d);
      };
      const clamp = (x: Float64Array): Float64Array =>
        x.map((v, i) => Math.min(Math.max(v, lower[i]), upper[i]));
      let least = Infinity;
      const order = [...a.keys()].sort((i, j) => Math.abs(a[j]) - Math.abs(a[i]));
      /* l1: the largest coefficients first; l2: against a, clamped, at the longest step that stays within. */
      const nearest = clamp(center);
      if (length(nearest) <= radius) {
        let best = nearest;
        if (norm === 'l1')
          for (const i of order) {
            const left = radius - length(best);
            const to = a[i] > 0 ? Math.max(lower[i], best[i] - left) : Math.min(upper[i], best[i] + left);
            if (Math.abs(to - center[i]) > Math.abs(best[i] - center[i]) && a[i] !== 0)
              best = best.with(i, to);
          }
        else {
          let [low, high] = [0, 1e6];
          for (let step = 0; step < 200; step++) {
            const middle = (low + high) / 2;
            if (length(clamp(center.map((c, i) => c - middle * a[i]))) <= radius) low = middle;
            else high = middle;
          }
          best = clamp(center.map((c, i) => c - low * a[i]));
        }
        least = dot(a, best);
        expect(bound).toBeLessThanOrEqual(least + 1e-12);
        expect(bound).toBeGreaterThan(least - 1e-6);
      }
      for (let k = 0; k < 200; k++) {
        const x = lower.map((l, i) => rng.uniform(l, upper[i] + 1e-300));
        if (length(x) <= radius) expect(bound).toBeLessThanOrEqual(dot(a, x) + 1e-12);
      }
    }
  });
});
