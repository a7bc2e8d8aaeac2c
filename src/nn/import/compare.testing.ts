/** @file Test helper: networks run in the f64 interpreter, and exported again in plain ONNX Runtime. */
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { evaluateNetwork } from '../evaluate.testing.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { onnxNames, toOnnx } from '../toOnnx.ts';
import type { Runner } from './check.ts';

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
