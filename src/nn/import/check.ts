/** @file Compares what an imported network gives with what the model it came from gives. */
import { UserError } from '../../formats/userError.ts';

/** Runs something on one input; both take and give row-major elements. */
export type Runner = (x: Float32Array) => ArrayLike<number> | Promise<ArrayLike<number>>;

/**
 * @returns the largest difference relative to the largest output
 * @throws UserError where it is more than the tolerance
 */
export function compareOutputs(
  wanted: ArrayLike<number>,
  found: ArrayLike<number>,
  tolerance: number,
): number {
  if (wanted.length !== found.length)
    throw new UserError(`The model gives ${wanted.length} outputs, its import ${found.length}.`);
  const scale = Math.max(1e-6, ...Array.from(wanted, Math.abs));
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(wanted[i] - found[i]) / scale;
    if (!(difference <= tolerance))
      throw new UserError(
        `The imported network disagrees with ONNX Runtime: output ${i} is ${found[i]} where the model gives ${wanted[i]}. ` +
          'This is a fault of the import; please report it with the model.',
      );
    worst = Math.max(worst, difference);
  }
  return worst;
}
