/** @file Checks an imported network against the model it came from, on random inputs. */
import type { Rng } from '../../data/rng.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf } from '../../tensor/index.ts';
import type { ImportedNetwork } from './importOnnx.ts';

/** Runs something on one input; both take and give row-major elements. */
export type Runner = (x: Float32Array) => ArrayLike<number> | Promise<ArrayLike<number>>;

export interface ImportCheck {
  /** The model in plain ONNX Runtime. */
  readonly model: Runner;
  /** The imported network. */
  readonly network: Runner;
  readonly rng: Rng;
  /** Random inputs; default 3. */
  readonly samples?: number;
  /** Where inputs are drawn; default [0,1]. */
  readonly range?: readonly [number, number];
  /** Allowed difference relative to the largest output; default 1e-4 (sums in another order, in f32). */
  readonly tolerance?: number;
}

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

/**
 * Largest relative difference seen.
 * @throws UserError where the import and the model disagree
 */
export async function checkImport(imported: ImportedNetwork, check: ImportCheck): Promise<number> {
  const { samples = 3, range = [0, 1], tolerance = 1e-4 } = check;
  let worst = 0;
  for (let sample = 0; sample < samples; sample++) {
    const x = check.rng
      .fork(`check/${sample}`)
      .fillUniform(new Float32Array(sizeOf(imported.input.shape)), range[0], range[1]);
    const [wanted, found] = [await check.model(x), await check.network(x)];
    worst = Math.max(worst, compareOutputs(wanted, found, tolerance));
  }
  return worst;
}
