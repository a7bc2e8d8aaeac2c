/** @file A configuration of α,β-CROWN as a request to this verifier. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Norm } from '../../bounds/ball.ts';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { parseYaml } from '../../formats/yaml.ts';
import type { Depth, Limits } from '../../verify/files/answer.ts';
import type { Subject } from '../../verify/files/subject.ts';
import type { Targets } from '../../verify/specification.ts';
import { normOf } from '../config/values.ts';
import { pipelineChoices } from './choices.ts';
import { withGiven, type GivenQuestion } from './given.ts';
import { flatten, keyWarnings, readersOf, type FlatTree } from './tree.ts';

/** What is asked. */
export type AbcrownQuestion =
  | { readonly kind: 'instance'; readonly onnx: string; readonly vnnlib: string }
  | { readonly kind: 'list'; readonly csv: string; readonly start: number; readonly end?: number }
  | {
      readonly kind: 'images';
      readonly subject: Subject;
      /** Name of a data set, or a .npy file; undefined where the configuration's cannot be read here. */
      readonly dataset: string | undefined;
      readonly start: number;
      readonly end?: number;
      readonly select?: readonly number[];
      readonly epsilon?: number;
      readonly norm?: Norm;
      /** undefined: a target is asked for but not told. */
      readonly targets: Targets | undefined;
      readonly depth: Depth;
      readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
    };

export interface AbcrownRequest {
  readonly question: AbcrownQuestion;
  readonly limits: Limits;
  readonly resultsFile?: string;
  /** Keys that are not applied, and choices that are met otherwise. */
  readonly warnings: readonly string[];
}

/** Modes of general.mode and specification.robustness_type. */
const modes: Readonly<Record<string, { readonly depth: Depth; readonly targets?: Targets }>> = {
  'verified-acc': { depth: 'complete', targets: 'all' },
  'all-positive': { depth: 'complete', targets: 'all' },
  runnerup: { depth: 'complete', targets: 'runner-up' },
  'runner-up': { depth: 'complete', targets: 'runner-up' },
  'specify-target': { depth: 'complete' },
  'clean-acc': { depth: 'clean', targets: 'all' },
  'crown-acc': { depth: 'bounds', targets: 'all' },
  'crown-only-acc': { depth: 'bounds', targets: 'all' },
  'alpha-crown-only-acc': { depth: 'bounds', targets: 'all' },
};

/** Data sets under α,β-CROWN's names. */
const datasets: Readonly<Record<string, string>> = {
  MNIST: 'mnist',
  CIFAR: 'cifar10',
  CIFAR10: 'cifar10',
  CIFAR100: 'cifar100',
  FASHION_MNIST: 'fashionMnist',
  SVHN: 'svhn',
};

/**
 * Reads a configuration in the dialect of 2021 or today's.
 * @param given files and names that stand before the configuration's
 * @throws UserError naming file and key where a value is not understood or a question cannot be asked here
 */
export function readAbcrown(path: string, given: GivenQuestion = {}): AbcrownRequest {
  const text = Buffer.from(readBytes(path, 'configuration')).toString('utf8');
  return namingFile(path, () => requestOf(withGiven(flatten(parseYaml(text)), given), dirname(path)));
}

/** @param folder paths are looked for here, then in the working directory */
export function requestOf(tree: FlatTree, folder: string): AbcrownRequest {
  const read = readersOf(tree);
  const warnings = keyWarnings(tree);
  const device = read.text('general.device');
  if (device !== undefined && device !== 'cpu')
    warnings.push(`general.device: ${device}: verification runs on the processor`);
  const { depth, choices } = pipelineChoices(read, warnings);
  const seconds = read.number('bab.override_timeout') ?? read.number('bab.timeout');
  const scale = read.number('bab.timeout_scale') ?? 1;
  const resultsFile = read.text('general.results_file');
  return {
    question: questionOf(read, folder, depth),
    limits: { ...(seconds !== undefined && { timeoutSeconds: seconds * scale }), choices },
    ...(resultsFile !== undefined && { resultsFile }),
    warnings,
  };
}

type Readers = ReturnType<typeof readersOf>;

function questionOf(read: Readers, folder: string, least: Depth): AbcrownQuestion {
  const root = expanded(read.text('general.root_path') ?? '', folder);
  const find = (path: string, prefix = ''): string =>
    found(path, [join(root, prefix), root, folder, '.'], folder);
  const start = read.number('data.start') ?? 0;
  const end = read.number('data.end');
  const range = { start, ...(end !== undefined && { end }) };
  const csv = read.text('general.csv_name');
  if (csv !== undefined) return { kind: 'list', csv: find(csv), ...range };
  const onnx = read.text('model.onnx_path');
  const onnxPath = onnx === undefined ? undefined : find(onnx, read.text('model.onnx_path_prefix'));
  const vnnlib = read.text('specification.vnnlib_path');
  if (vnnlib !== undefined) {
    if (onnxPath === undefined)
      throw new UserError('specification.vnnlib_path needs model.onnx_path: export the model to ONNX.');
    return {
      kind: 'instance',
      onnx: onnxPath,
      vnnlib: find(vnnlib, read.text('specification.vnnlib_path_prefix')),
    };
  }
  const norm = normAsked(read);
  const mode = read.text('specification.robustness_type') ?? read.text('general.mode') ?? 'verified-acc';
  const known = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!known)
    throw new UserError(
      `the mode "${mode}" is not supported; supported are ${Object.keys(modes).join(', ')}.`,
    );
  const target = read.number('specification.target');
  const name = read.text('data.dataset');
  const epsilon = read.number('specification.epsilon');
  const [mean, std] = [read.numbers('data.mean'), read.numbers('data.std')];
  const select = read.numbers('data.select_instance');
  return {
    kind: 'images',
    subject: subjectOf(read, onnxPath, find),
    dataset:
      name === undefined ? undefined : name.endsWith('.npy') ? find(name) : datasets[name.toUpperCase()],
    ...range,
    ...(select && select.length > 0 && { select }),
    ...(epsilon !== undefined && { epsilon }),
    ...(norm !== undefined && { norm }),
    targets: known.targets ?? (target === undefined ? undefined : { target }),
    depth: known.depth === 'complete' ? least : known.depth,
    ...((mean ?? std) && { normalization: { mean: mean ?? [0], std: std ?? [1] } }),
  };
}

function normAsked(read: Readers): Norm | undefined {
  const given = read.number('specification.norm');
  const norm = given === undefined ? undefined : normOf(given);
  if (given !== undefined && norm === undefined)
    throw new UserError(`specification.norm: ${given}: supported are .inf, 2 and 1.`);
  const type = read.text('specification.type');
  if (type !== undefined && type !== 'lp')
    throw new UserError(`specification.type: "${type}": only lp is supported; write boxes as VNN-LIB.`);
  return norm;
}

function subjectOf(read: Readers, onnx: string | undefined, find: (path: string) => string): Subject {
  if (onnx !== undefined) return { kind: 'onnx', path: onnx };
  const name = read.text('model.name');
  const path = read.text('model.path');
  if (path === undefined)
    throw new UserError('it names no model: neither model.onnx_path nor model.path with the weights.');
  if (name?.startsWith('Customized'))
    throw new UserError(
      `model.name: ${name}: loaders written in Python cannot be run. Export the model to ONNX and give model.onnx_path.`,
    );
  const shape = read.numbers('model.input_shape');
  return {
    kind: 'torch',
    path: find(path),
    choices: { ...(name !== undefined && { model: name }), ...(shape && { inputShape: shape.slice(1) }) },
  };
}

/** `~`, `$CONFIG_PATH` and `${CONFIG_PATH}` (the configuration's folder). */
const expanded = (path: string, folder: string): string =>
  path.replace(/^~(?=\/|$)/, homedir()).replace(/\$\{?CONFIG_PATH\}?/, folder);

/** The first place that has the file; the first of all where none has, for the message that it is missing. */
function found(path: string, folders: readonly string[], configFolder: string): string {
  const plain = expanded(path, configFolder);
  if (isAbsolute(plain)) return plain;
  const places = folders.flatMap((folder) => [join(folder, plain), join(configFolder, folder, plain)]);
  return places.find((place) => existsSync(place)) ?? join(configFolder, plain);
}
