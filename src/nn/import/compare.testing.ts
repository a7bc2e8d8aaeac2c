/** @file Test helper: an imported network in the f64 interpreter beside its model in plain ONNX Runtime. */
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import type { Shape } from '../../tensor/index.ts';
import { evaluateNetwork } from '../evaluate.testing.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { onnxNames, toOnnx } from '../toOnnx.ts';
import type { Runner } from './check.ts';
import type { ImportedFile } from './importOnnx.ts';

export const interpreted =
  ({ network, numbers }: NumberedNetwork): Runner =>
  (x) =>
    evaluateNetwork(network, numbers, x);

async function runnerOf(bytes: Uint8Array, input: string, shape: Shape): Promise<Runner> {
  const model = await openPlainModel(bytes, { threads: 1 });
  return async (x) => {
    const [output] = Object.values(await model.run({ [input]: hostTensor(x, shape) }));
    return Float64Array.from(output.data);
  };
}

/** The model's own bytes in ONNX Runtime. */
export const plainRunner = ({ bytes, input }: ImportedFile): Promise<Runner> =>
  runnerOf(bytes, input.name, input.shape);

/** The network, exported again, in ONNX Runtime. */
export const exportedRunner = ({ network, numbers }: NumberedNetwork): Promise<Runner> =>
  runnerOf(encodeModel(toOnnx(network, numbers, { batch: 1 })), onnxNames.input, [1, ...network.inputShape]);
