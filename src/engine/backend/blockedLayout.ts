/** @file Checks, once a process, that the blocked layout of this processor is what the lowering takes it for. */
import { hostTensor } from '../hostTensor.ts';
import { blockSize, disableBlockedLayout } from './lower/blocked.ts';
import { lowerProgram } from './lower/lowerProgram.ts';
import { closeModel, identifyModel, runModel } from './session.ts';
import { apply, input } from '../../tensor/apply.ts';
import { float32 } from '../../tensor/tensor.ts';

let checked: Promise<boolean> | undefined;

/** False, and the layout given up, where a small convolution comes out wrong or is refused. */
export function verifyBlockedLayout(): Promise<boolean> {
  return (checked ??= check().then((right) => {
    if (!right) disableBlockedLayout();
    return right;
  }));
}

/** A 1x1 convolution of one pixel, a matrix product of integers: 2n channels to n. */
async function check(): Promise<boolean> {
  const n = blockSize();
  if (n === 0) return true;
  const x = input('x', float32([1, 2 * n, 1, 1]));
  const weight = input('weight', float32([n, 2 * n, 1, 1]));
  const geometry = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;
  const y = apply('conv2d', [x, weight], geometry);
  const { bytes, inputNames, outputNames } = lowerProgram(
    { inputs: [x, weight], outputs: [y], outputNames: ['y'] },
    n,
  );
  const pixel = Float32Array.from({ length: 2 * n }, (_, i) => (i % 7) - 3);
  const matrix = Float32Array.from({ length: 2 * n * n }, (_, i) => (i % 11) - 5);
  const model = identifyModel(bytes);
  try {
    const made = await runModel(
      model,
      { threads: 1 },
      {
        [inputNames[0]]: hostTensor(pixel, x.shape),
        [inputNames[1]]: hostTensor(matrix, weight.shape),
      },
    );
    const result = made[outputNames[0]].data;
    return result.every(
      (value, o) => value === pixel.reduce((sum, v, i) => sum + v * matrix[o * 2 * n + i], 0),
    );
  } catch {
    return false;
  } finally {
    await closeModel(model, { threads: 1 });
  }
}
