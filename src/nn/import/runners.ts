/** @file Runs a model file in plain ONNX Runtime and its import through the engine, one input at a time. */
import type { Rng } from '../../data/rng.ts';
import { compile } from '../../engine/compile.ts';
import { hostTensor } from '../../engine/hostTensor.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { constant, float32 } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { forward } from '../forward.ts';
import { parameterSpecs } from '../parameters.ts';
import { checkImport, type ImportCheck, type Runner } from './check.ts';
import type { ImportedFile } from './importOnnx.ts';

/** The model's own bytes in ONNX Runtime. @throws UserError where it refuses them */
export async function modelRunner({ bytes, input, network }: ImportedFile): Promise<Runner> {
  const model = await openPlainModel(bytes, { threads: 1 }, network.name);
  return async (x) => {
    const [output] = Object.values(await model.run({ [input.name]: hostTensor(x, input.shape) }));
    return (output.data as Float32Array).slice();
  };
}

/** The network in evaluation mode, its numbers constants of one program. */
export function networkRunner({ network, numbers }: NumberedNetwork): Runner {
  const params = Object.fromEntries(
    parameterSpecs(network).map(({ key, shape }) => [key, constant(numbers[key], shape)]),
  );
  const shape = [1, ...network.inputShape];
  const program = compile(
    ({ x }) => ({ y: forward(network, params, x, { mode: 'eval' }).output }),
    { x: float32(shape) },
    { threads: 1 },
  );
  return async (x) => ((await program.run({ x: hostTensor(x, shape) })).y.data as Float32Array).slice();
}

/** Checks an import on random inputs; see {@link checkImport}. @throws UserError where the two disagree */
export async function checkImportedFile(
  imported: ImportedFile,
  rng: Rng,
  options: Pick<ImportCheck, 'samples' | 'range' | 'tolerance'> = {},
): Promise<number> {
  const model = await modelRunner(imported);
  return checkImport(imported, { ...options, model, network: networkRunner(imported), rng });
}
