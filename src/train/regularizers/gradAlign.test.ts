import { describe, expect, it } from 'vitest';
import {
  constant,
  float32,
  interpret,
  matmul,
  mul,
  sum,
  tanh,
  trace,
  vjp,
  type Tensor,
} from '../../tensor/index.ts';
import { gradAlign } from './gradAlign.ts';

const points = Float64Array.of(0.3, -0.2, 0.5, 0.1, 0.7, -0.4);
const first = Float64Array.of(0.2, 0.1, -0.5, 0, 0, 0);
const start = Float64Array.of(0.5, -0.3, 0.8, 0.2, 0.4, -0.6);

/** Two images of three pixels; the weights [3,2] shape the gradient field. */
function alignment(w: Tensor, at: Tensor, fixed: Tensor): Tensor {
  return gradAlign((x) => sum(mul(tanh(matmul(x, w)), constant([1, 2], [1, 2]))), fixed, at);
}

const { program } = trace(
  ({ w, at, fixed }) => {
    const value = alignment(w, at, fixed);
    return [value, vjp(value, [w])[0]];
  },
  { w: float32([3, 2]), at: float32([2, 3]), fixed: float32([2, 3]) },
);

describe('gradient alignment', () => {
  it('is the cosine with the gradient at the second point, over images with a gradient', () => {
    const g = [0, 1, 2].map((i) =>
      [0, 1].reduce((s, k) => {
        const z = [0, 1, 2].reduce((t, j) => t + points[j] * start[j * 2 + k], 0);
        return s + (k + 1) * (1 - Math.tanh(z) ** 2) * start[i * 2 + k];
      }, 0),
    );
    const dot = g.reduce((s, v, i) => s + v * first[i], 0);
    const cosine = dot / Math.hypot(...g) / Math.hypot(...first.subarray(0, 3));
    expect(interpret(program, [start, points, first])[0][0]).toBeCloseTo(cosine, 12);
  });

  it('is 1 where no image has a gradient', () => {
    expect(interpret(program, [start, points, new Float64Array(6)])[0][0]).toBe(1);
  });

  it('its gradient meets finite differences (second derivatives of the loss)', () => {
    const [, gradient] = interpret(program, [start, points, first]);
    start.forEach((_, i) => {
      const at = (d: number) =>
        interpret(program, [start.map((v, n) => (n === i ? v + d : v)), points, first])[0][0];
      const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
      expect(Math.abs(gradient[i] - slope)).toBeLessThan(1e-7);
    });
  });
});
