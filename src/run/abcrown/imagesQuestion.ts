/** @file What a configuration of α,β-CROWN asks about images of a data set. */
import { existsSync, readFileSync } from 'node:fs';
import type { Norm } from '../../bounds/ball.ts';
import type { Normalization } from '../../data/normalization.ts';
import { UserError } from '../../formats/userError.ts';
import type { Depth } from '../../verify/files/answer.ts';
import type { FileSubject } from '../../verify/files/subject.ts';
import type { Targets } from '../../verify/specification.ts';
import { normOf } from '../config/texts.ts';
import { imageSetNames, imageSetOf, type ImageSet } from './imageSets.ts';
import type { Places } from './places.ts';
import type { Readers } from './tree.ts';

/** Images, and what is to be shown of them. */
export interface ImagesAsked {
  readonly kind: 'images';
  readonly subject: FileSubject;
  /** Name of a data set, or a .npy file; undefined where the images are lacking. */
  readonly dataset: string | undefined;
  /** The .npy file of labels. */
  readonly labels?: string;
  readonly start: number;
  readonly end: number;
  /** Images by number, instead of the range. */
  readonly select?: readonly number[];
  readonly epsilon?: number;
  readonly norm?: Norm;
  /** undefined: a target is asked for but not told. */
  readonly targets: Targets | undefined;
  /** What margins (or outputs) must exceed. */
  readonly threshold: number;
  readonly depth: Depth;
  readonly normalization?: Normalization;
  /** Files that are not there, each with what to give instead. */
  readonly lacking: { readonly model?: string; readonly images?: string; readonly properties?: string };
}

/** Modes of general.mode and specification.robustness_type. */
const modes: Readonly<Record<string, { readonly depth: Depth; readonly targets?: Targets }>> = {
  'verified-acc': { depth: 'complete', targets: 'all' },
  'all-positive': { depth: 'complete', targets: 'all-positive' },
  runnerup: { depth: 'complete', targets: 'runner-up' },
  'runner-up': { depth: 'complete', targets: 'runner-up' },
  'specify-target': { depth: 'complete' },
  'clean-acc': { depth: 'clean', targets: 'all' },
  'pgd-acc': { depth: 'attack', targets: 'all' },
  'attack-only': { depth: 'attack', targets: 'all' },
  'crown-acc': { depth: 'bounds', targets: 'all' },
  'crown-only-acc': { depth: 'bounds', targets: 'all' },
  'crown-only-verified-acc': { depth: 'bounds', targets: 'all' },
  'alpha-crown-only-acc': { depth: 'bounds', targets: 'all' },
  'alpha-crown-only-verified-acc': { depth: 'bounds', targets: 'all' },
};

/** data.end where it is not given: α,β-CROWN's own default. */
const defaultEnd = 10_000;

/** @param onnx path of the model, where it is an ONNX file */
export function imagesQuestion(
  read: Readers,
  places: Places,
  onnx: string | undefined,
  warnings: string[],
): ImagesAsked {
  const norm = normAsked(read);
  const mode = read.text('mode') ?? 'verified-acc';
  const known = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!known)
    throw new UserError(
      `the mode "${mode}" is not supported; supported are ${Object.keys(modes).join(', ')}.`,
    );
  const subject = subjectOf(read, onnx, places);
  const model = modelLacking(read, subject);
  const set = setOf(read);
  const images = imagesOf(read, set, places);
  const properties = propertiesLacking(read, places);
  const target = read.number('targets');
  const start = read.number('start') ?? 0;
  const first = set?.first !== undefined && start < set.first ? set.first : defaultEnd;
  const end = read.number('end') ?? first;
  const select = selected(read, places, start, end);
  const normalization = normalizationOf(read, set, warnings);
  const epsilon = radiusAsked(read, set, warnings);
  return {
    kind: 'images',
    subject,
    dataset: images.dataset,
    ...(images.labels !== undefined && { labels: images.labels }),
    start,
    end,
    ...(select && { select }),
    ...(epsilon !== undefined && { epsilon }),
    ...(norm !== undefined && { norm }),
    targets: known.targets ?? (target === undefined ? undefined : { target }),
    threshold: thresholdOf(read, warnings),
    depth: known.depth,
    ...(normalization && { normalization }),
    lacking: {
      ...(model !== undefined && { model }),
      ...(images.lacking !== undefined && { images: images.lacking }),
      ...(properties !== undefined && { properties }),
    },
  };
}

/** Radius in the network's input units, over the channels the largest. */
export const radiusOf = ({ epsilon, normalization }: ImagesAsked): number | undefined =>
  epsilon === undefined ? undefined : epsilon / Math.min(...(normalization?.std ?? [1]));

function setOf(read: Readers): ImageSet | undefined {
  const name = read.text('dataset');
  if (name === undefined || name.endsWith('.npy')) return undefined;
  const set = imageSetOf(name, read.text('model'));
  if (set || name.startsWith('Customized')) return set;
  throw new UserError(`data.dataset: "${name}" is none of ${imageSetNames.join(', ')}, and no .npy file.`);
}

function imagesOf(
  read: Readers,
  set: ImageSet | undefined,
  places: Places,
): { readonly dataset: string | undefined; readonly labels?: string; readonly lacking?: string } {
  const name = read.text('dataset');
  const instead = 'give images with --dataset and --labels';
  if (name === undefined)
    return { dataset: undefined, lacking: `images: data.dataset is missing (${instead})` };
  if (name.endsWith('.npy')) return { dataset: places.find(name) };
  if (!set)
    return { dataset: undefined, lacking: `images: data.dataset ${name} is code in Python (${instead})` };
  if (typeof set.source === 'string') return { dataset: set.source };
  const { images, labels } = set.source;
  const found = { images: places.present(images), labels: places.present(labels) };
  if (found.images !== undefined && found.labels !== undefined)
    return { dataset: found.images, labels: found.labels };
  const missing = [images, labels].filter((_, i) => [found.images, found.labels][i] === undefined);
  return { dataset: undefined, lacking: `${missing.join(' and ')} of ${name} (${instead})` };
}

/** The properties of a pickle: image, target and radius each. They are read in Python alone. */
function propertiesLacking(read: Readers, places: Places): string | undefined {
  const path = read.text('data.pkl_path');
  if (path === undefined) return undefined;
  const there = places.present(path) !== undefined;
  return (
    `the properties of data.pkl_path ${path}${there ? ', a pickle of pandas that is not read here' : ''} ` +
    '(give --targets, and --epsilon as a number or a .npy file)'
  );
}

/** Images by number: a list, or a file of numbers of which a range is taken. */
function selected(read: Readers, places: Places, start: number, end: number): number[] | undefined {
  const list = read.numbers('data.select_instance');
  if (list && list.length > 0) return list;
  const file = read.text('data.data_idx_file');
  if (file === undefined) return undefined;
  const path = places.present(file);
  if (path === undefined) throw new UserError(`data.data_idx_file: there is no file ${file}.`);
  const words = readFileSync(path, 'utf8')
    .trim()
    .split(/[;|,\s]+/);
  const wrong = words.find((word) => !/^\d+$/.test(word));
  if (wrong !== undefined)
    throw new UserError(`data.data_idx_file: ${file}: "${wrong}" is no image's number.`);
  return words.map(Number).slice(start, end);
}

function normalizationOf(
  read: Readers,
  set: ImageSet | undefined,
  warnings: string[],
): Normalization | undefined {
  const [mean, std] = [read.numbers('mean'), read.numbers('std')];
  const given = (mean ?? std) && { mean: mean ?? [0], std: std ?? [1] };
  if (given?.std.some((v) => v === 0)) throw new UserError('data.std: a deviation cannot be 0.');
  if (!set?.normalization) return given;
  if (!given) return set.normalization;
  if (!set.ownNormalization) return given;
  const at = (values: readonly number[], i: number): number => values[values.length === 1 ? 0 : i];
  const same = (a: readonly number[], b: readonly number[]): boolean =>
    Array.from({ length: Math.max(a.length, b.length) }).every((_, i) => at(a, i) === at(b, i));
  if (!same(given.mean, set.normalization.mean) || !same(given.std, set.normalization.std))
    warnings.push(
      `data.mean, data.std: α,β-CROWN does not look at them for ${read.text('dataset')}, which has its own ` +
        '(--mean and --std give others)',
    );
  return set.normalization;
}

function radiusAsked(read: Readers, set: ImageSet | undefined, warnings: string[]): number | undefined {
  const given = read.number('epsilon');
  if (given !== undefined && given < 0) read.wrong('epsilon', 'a number from 0 on');
  if (set?.ownEpsilon && given !== undefined && given !== set.epsilon)
    warnings.push(
      `specification.epsilon: ${given}: α,β-CROWN takes ${set.epsilon} for ${read.text('dataset')} ` +
        'whatever is written (--epsilon gives another)',
    );
  return set?.ownEpsilon ? set.epsilon : (given ?? set?.epsilon);
}

/** Larger than any margin, and finite. */
const beyondAll = 1e30;

function thresholdOf(read: Readers, warnings: string[]): number {
  const threshold = read.number('bab.decision_thresh') ?? 0;
  if (threshold === -Infinity) read.wrong('bab.decision_thresh', 'a number that margins can miss');
  if (threshold < beyondAll) return threshold;
  warnings.push(`bab.decision_thresh: ${threshold}: no margin exceeds it, so nothing is verified`);
  return beyondAll;
}

function normAsked(read: Readers): Norm | undefined {
  const given = read.number('norm');
  const norm = given === undefined ? undefined : normOf(given);
  if (given !== undefined && norm === undefined)
    throw new UserError(`specification.norm: ${given}: supported are .inf, 2 and 1.`);
  const type = read.text('specification.type');
  if (type !== undefined && type !== 'lp')
    throw new UserError(`specification.type: "${type}": only lp is supported; write boxes as VNN-LIB.`);
  return norm;
}

function subjectOf(read: Readers, onnx: string | undefined, places: Places): FileSubject {
  if (onnx !== undefined) return { kind: 'onnx', path: onnx };
  const name = read.text('model');
  const path = read.text('pth');
  const shape = read.numbers('model.input_shape');
  return {
    kind: 'torch',
    path: path === undefined ? '' : places.find(path),
    choices: { ...(name !== undefined && { model: name }), ...(shape && { inputShape: shape.slice(1) }) },
  };
}

function modelLacking(read: Readers, subject: FileSubject): string | undefined {
  const name = read.text('model');
  if (subject.kind === 'torch' && name?.startsWith('Customized'))
    return `the model: ${name} is code in Python (export it to ONNX and give --onnx)`;
  if (subject.path === '')
    return 'a model: it names neither model.onnx_path nor model.path with the weights (--onnx or --pth)';
  if (existsSync(subject.path)) return undefined;
  return `the model ${subject.path} (give it with ${subject.kind === 'onnx' ? '--onnx' : '--pth'})`;
}
