/** @file Test helper: networks in the f64 interpreter, exported again in plain ONNX Runtime, compared on random inputs. */
import type { Rng } from '../../data/rng.ts';
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { sizeOf } from '../../tensor/index.ts';
import { evaluateNetwork } from '../evaluate.testing.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { onnxNames, toOnnx } from '../toOnnx.ts';
import { compareOutputs, type Runner } from './check.ts';
import type { ImportedNetwork } from './importOnnx.ts';

export const interpreted =
  ({ network, numbers }: NumberedNetwork): Runner =>
  (x) =>
    evaluateNetwork(network, numbers, x);

/** The network, exported again, in ONNX Runtime. */
export async function exportedRunner({ network, numbers }: NumberedNetwork): Promise<Runner> {
  const bytes = encodeModel(toOnnx(network, numbers, { batch: 1 }));
  const model = await openPlainModel(bytes, { threads: 1 });
  return async (x) => {
    const [output] = Object.values(
      await model.run({ [onnxNames.input]: hostTensor(x, [1, ...network.inputShape]) }),
    );
    return Float64Array.from(output.data);
  };
}

/** How an import is compared with its model on random inputs. */
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
