/** @file A configuration of α,β-CROWN as a request to this verifier. */
import { dirname } from 'node:path';
import { namingFile, readBytes } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import { parseYaml } from '../../formats/yaml.ts';
import type { Limits } from '../../verify/files/answer.ts';
import { pipelineChoices } from './choices.ts';
import {
  withGiven,
  flatten,
  readersOf,
  requireUnderstood,
  type GivenQuestion,
  type FlatTree,
  type Readers,
} from './tree.ts';
import { imagesQuestion, radiusOf, type ImagesAsked } from './imagesQuestion.ts';
import { placesOf, type Places } from './places.ts';

/** What is asked. */
export type AbcrownQuestion =
  | { readonly kind: 'instance'; readonly onnx: string; readonly vnnlib: string }
  | { readonly kind: 'list'; readonly csv: string; readonly start: number; readonly end?: number }
  | ImagesAsked;

export interface AbcrownRequest {
  readonly question: AbcrownQuestion;
  readonly limits: Limits;
  readonly resultsFile?: string;
  /** Keys that change nothing here, and choices that are met otherwise. */
  readonly warnings: readonly string[];
}

/** Seconds for one image or property where the configuration names none: α,β-CROWN's own default. */
const defaultSeconds = 360;

/**
 * Reads a configuration in the dialect of 2021 or today's.
 * @param given files and names that stand before the configuration's
 * @throws UserError naming file and key where a key or a value is not understood, or a question cannot be asked here
 */
export function readAbcrown(path: string, given: GivenQuestion = {}): AbcrownRequest {
  const text = Buffer.from(readBytes(path, 'configuration')).toString('utf8');
  return namingFile(path, () => requestOf(withGiven(flatten(parseYaml(text)), given), dirname(path)));
}

/** @param folder paths are looked for here, in the folders above, and in the working directory */
export function requestOf(tree: FlatTree, folder: string): AbcrownRequest {
  const read = readersOf(tree);
  const warnings = requireUnderstood(tree);
  const device = read.text('general.device');
  if (device !== undefined && device !== 'cpu')
    warnings.push(`general.device: ${device}: verification runs on the processor`);
  const question = questionOf(read, placesOf(folder, read.text('general.root_path') ?? ''), warnings);
  const images = question.kind === 'images' ? question : undefined;
  const { depth, choices } = pipelineChoices(read, warnings, images && radiusOf(images));
  const seconds =
    read.number('timeout') ??
    // Lists carry their own limits.
    (question.kind === 'list' ? undefined : defaultSeconds);
  const scale = read.number('bab.timeout_scale') ?? 1;
  const resultsFile = read.text('results');
  return {
    question: images?.depth === 'complete' ? { ...images, depth } : question,
    limits: { ...(seconds !== undefined && { timeoutSeconds: seconds * scale }), choices },
    ...(resultsFile !== undefined && { resultsFile }),
    warnings,
  };
}

function questionOf(read: Readers, places: Places, warnings: string[]): AbcrownQuestion {
  const end = read.number('end');
  const csv = read.text('csv');
  const onnx = read.text('onnx');
  const onnxPath = onnx === undefined ? undefined : places.find(onnx, read.text('model.onnx_path_prefix'));
  const vnnlib = read.text('vnnlib');
  if (csv === undefined && vnnlib === undefined) return imagesQuestion(read, places, onnxPath, warnings);
  if ((read.number('bab.decision_thresh') ?? 0) !== 0)
    warnings.push('bab.decision_thresh: a property states its own thresholds');
  if (csv !== undefined)
    return {
      kind: 'list',
      csv: places.find(csv),
      start: read.number('start') ?? 0,
      ...(end !== undefined && { end }),
    };
  if (onnxPath === undefined)
    throw new UserError('specification.vnnlib_path needs model.onnx_path: export the model to ONNX.');
  return {
    kind: 'instance',
    onnx: onnxPath,
    vnnlib: places.find(vnnlib!, read.text('specification.vnnlib_path_prefix')),
  };
}
