/** @file Runs an ONNX model file as it is, without our lowering: the independent check of witnesses. */
import { readFile } from 'node:fs/promises';
import { systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';
import { identifyModel, runModel, type NamedTensors, type SessionOptions } from './backend/session.ts';

/** A model ready to be run as it is. */
export interface PlainModel {
  /** @throws UserError where ONNX Runtime refuses the inputs */
  run(inputs: NamedTensors): Promise<NamedTensors>;
}

/**
 * @param source the file's path or its bytes
 * @param name what messages call the model; default the path
 * @throws UserError where the file cannot be read
 */
export async function openPlainModel(
  source: string | Uint8Array,
  options: SessionOptions = {},
  name = typeof source === 'string' ? source : 'the model',
): Promise<PlainModel> {
  const model = identifyModel(typeof source === 'string' ? await readModel(source) : source);
  return {
    async run(inputs) {
      try {
        return await runModel(model, options, inputs);
      } catch (error) {
        if (error instanceof UserError) throw error;
        throw new UserError(`ONNX Runtime cannot run ${name}: ${(error as Error).message}`);
      }
    },
  };
}

async function readModel(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(`Cannot read the model ${path}: ${systemFault(error)}.`);
  }
}
