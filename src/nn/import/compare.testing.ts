/** @file Test helper: an imported network in the f64 interpreter beside its model in plain ONNX Runtime. */
import * as ort from 'onnxruntime-node';
import { encodeModel } from '../../formats/onnx/encode.ts';
import type { OnnxModel } from '../../formats/onnx/model.ts';
import { sizeOf } from '../../tensor/index.ts';
import { evaluateNetwork } from '../evaluate.testing.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { toOnnx } from '../toOnnx.ts';
import type { Runner } from './check.ts';
import type { ImportedNetwork } from './importOnnx.ts';

export const interpreted =
  ({ network, numbers }: NumberedNetwork): Runner =>
  (x) =>
    evaluateNetwork(network, numbers, x);

/** The model's own bytes in ONNX Runtime. */
export async function plainRunner(bytes: Uint8Array, { input }: ImportedNetwork): Promise<Runner> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  return async (x) => {
    const feed =
      input.dtype === 'float64'
        ? new ort.Tensor('float64', Float64Array.from(x), [...input.shape])
        : new ort.Tensor('float32', x, [...input.shape]);
    const outputs = await session.run({ [input.name]: feed });
    return Float64Array.from(outputs[session.outputNames[0]].data as Float32Array);
  };
}

/** The network, exported again, in ONNX Runtime. */
export async function exportedRunner({ network, numbers }: NumberedNetwork): Promise<Runner> {
  const model: OnnxModel = toOnnx(network, numbers, { batch: 1 });
  const session = await ort.InferenceSession.create(encodeModel(model), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  return async (x) => {
    const feed = new ort.Tensor('float32', x.slice(0, sizeOf(network.inputShape)), [
      1,
      ...network.inputShape,
    ]);
    const outputs = await session.run({ input: feed });
    return Float64Array.from(outputs['output'].data as Float32Array);
  };
}
