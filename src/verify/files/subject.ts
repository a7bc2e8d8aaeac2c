/** @file The network under question: read from its file, checked, and made ready for verification. */
import { basename } from 'node:path';
import { boundMachine } from '../../bounds/machine.ts';
import { createRng } from '../../data/rng.ts';
import type { BackendOptions } from '../../engine/backend/backend.ts';
import { UserError } from '../../formats/userError.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { readOnnxNetwork, type ImportedFile } from '../../nn/import/importOnnx.ts';
import { importChecker } from '../../nn/import/runners.ts';
import type { SampledBox } from '../../nn/import/samples.ts';
import { readTorchNetwork, type TorchChoices } from '../../nn/import/torch.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { attacker } from '../attackStage.ts';
import { checkedLater, type Tools } from '../tools.ts';
import { prepareNetwork } from '../prepare.ts';
import { replayer } from '../replay.ts';
import type { ModelSizes } from './vnnlibSpecification.ts';

/** A network named by its file. */
export type FileSubject =
  | { readonly kind: 'onnx'; readonly path: string }
  | { readonly kind: 'torch'; readonly path: string; readonly choices: TorchChoices };

/** A network as a file, or as it is. */
export type Subject = FileSubject | { readonly kind: 'network'; readonly network: NumberedNetwork };

/** What messages call it. */
export const subjectName = (subject: Subject): string =>
  subject.kind === 'network' ? subject.network.network.name : subject.path;

/** A network with everything compiled for it. */
export interface OpenSubject extends ModelSizes {
  readonly tools: Tools;
  /**
   * Compares an imported network with its model where a property asks about it.
   * @throws UserError where the two disagree, or the model itself gives no finite numbers there
   */
  readonly check: (boxes: readonly SampledBox[]) => Promise<void>;
}

const isImported = (network: NumberedNetwork | ImportedFile): network is ImportedFile => 'bytes' in network;

/** Makes a network ready; counterexamples of an imported one are replayed in the file's own model. */
export async function openNetwork(
  network: NumberedNetwork | ImportedFile,
  options: BackendOptions = {},
  fileName?: string,
): Promise<OpenSubject> {
  const imported = isImported(network) ? network : undefined;
  const prepared = prepareNetwork({ network: network.network, numbers: network.numbers }, imported, fileName);
  return {
    tools: {
      prepared,
      machine: boundMachine(prepared.bounded, options),
      attacker: attacker(prepared.original, options),
      replayer: imported
        ? await replayer(prepared, imported.input.name, imported.input.shape)
        : await replayer(prepared),
      checked: checkedLater(prepared),
    },
    check: () => Promise.resolve(),
    inputShape: imported?.input.shape ?? network.network.inputShape,
    outputShape: imported?.output.shape ?? [...layerShapes(network.network).values()].at(-1)!,
  };
}

/**
 * Reads a model file. An ONNX import is compared with the model in plain ONNX Runtime by `check`.
 * @throws UserError naming the file and the fault
 */
export async function openSubject(subject: Subject, options: BackendOptions = {}): Promise<OpenSubject> {
  if (subject.kind === 'network') return openNetwork(subject.network, options);
  if (subject.kind === 'torch') return openNetwork(readTorchNetwork(subject.path, subject.choices), options);
  const imported = readOnnxNetwork(subject.path);
  const rng = createRng('import check');
  let checks = 0;
  const checker = await ofFile(subject.path, () => importChecker(imported));
  return {
    ...(await openNetwork(imported, options, basename(subject.path).replace(/\.gz$/, ''))),
    async check(boxes) {
      await ofFile(subject.path, () => checker(rng.fork(`${checks++}`), { boxes }));
    },
  };
}

/** Puts the file's name before what is wrong with it. */
async function ofFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}
