import { expect, it } from 'vitest';
import { compile } from '../../engine/compile.ts';
import { add, float32, sum, vjp } from '../../tensor/index.ts';
import { reluLines } from './reluLines.ts';

it('neurons without width, as those that hang on fixed features alone, have finite gradients', async () => {
  const program = compile(
    ({ lower, upper }) => {
      const { upperSlope, intercept } = reluLines({ lower, upper });
      const [dLower, dUpper] = vjp(sum(add(upperSlope, intercept)), [lower, upper]);
      return { upperSlope, dLower, dUpper };
    },
    { lower: float32([4]), upper: float32([4]) },
    { threads: 1 },
  );
  const ends = [0, 2, -3];
  const found = await program.run({
    lower: Float32Array.of(...ends, -1),
    upper: Float32Array.of(...ends, 1),
  });
  expect([...found.upperSlope.data]).toEqual([1, 1, 0, 0.5]);
  for (const gradient of [found.dLower, found.dUpper])
    for (const value of gradient.data) expect(value).not.toBeNaN();
});
