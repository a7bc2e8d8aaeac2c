/** @file One image's question, from its class to the end of the search: for files and for states of a run alike. */
import { UserError } from '../../formats/userError.ts';
import { attackAlone } from '../attackAlone.ts';
import { strongAttack } from '../attackStage.ts';
import type { Tools } from '../tools.ts';
import type { Specification } from '../specification.ts';
import type { VerificationResult } from '../verdict.ts';
import type { ImageQuestion } from './answer.ts';
import { withSingleSides } from '../singleSides.ts';
import { drawToImage } from '../radius/drawToImage.ts';
import { distanceFrom, imageSpecification, modelInput, requireImageQuestion } from './imageSpecification.ts';
import { refuteAll, type RefuteOptions } from './refuteAll.ts';
import { imageStatement } from './statements.ts';

/** The predicted class, and what was found. */
export interface DecidedImage {
  readonly prediction: number;
  /** Of a counterexample that was to be drawn towards the image. */
  readonly distance?: number;
  readonly result: Omit<VerificationResult, 'seconds'>;
}

/**
 * Classifies an image and, where its label is right and more is asked, verifies it.
 * @param options of the pipeline, as of the moment when the search begins
 * @param check throws where the network is not what its file says in the image's box
 * @throws UserError naming the image where it is no image, its label no class, or the network's outputs no numbers
 */
export async function decideImage(
  tools: Tools,
  question: ImageQuestion,
  options: () => RefuteOptions,
  check?: (boxes: readonly Specification[]) => Promise<void>,
): Promise<DecidedImage> {
  const { name = 'An image', depth } = question;
  const input = modelInput(question);
  const outputs = (await tools.replayer.outputs(input)).slice();
  requireImageQuestion(question, outputs.length);
  const broken = outputs.findIndex((v) => !Number.isFinite(v));
  if (broken >= 0)
    throw new UserError(
      `${name}: the network's output ${broken} is ${outputs[broken]} for the image itself.`,
    );
  const prediction = outputs.reduce((best, v, i) => (v > outputs[best] ? i : best), 0);
  const nothing = { domains: 0, lowerBound: -Infinity, unstableRatio: {} };
  // Inequalities speak for themselves; the label matters where it is to be kept.
  const aboutLabel = !question.unsafe && question.targets !== 'all-positive';
  if (aboutLabel) requireOutputs(question.classNames, outputs.length);
  if (prediction !== question.label && aboutLabel)
    return {
      prediction,
      result: { ...nothing, verdict: { kind: 'falsified', by: 'clean', witness: { input, outputs } } },
    };
  if (depth === 'clean')
    return { prediction, result: { ...nothing, verdict: { kind: 'unknown', why: 'not asked' } } };
  const spec = imageSpecification(question, outputs);
  await check?.([spec]);
  const near = (found: DecidedImage): Promise<DecidedImage> => drawn(tools, question, input, outputs, found);
  if (depth === 'attack') {
    const { onProgress, ...asked } = options();
    const verdict = await attackAlone(tools, spec, {
      ...asked,
      ...(onProgress && { onProgress: (progress) => onProgress({ ...progress, box: 0, boxes: 1 }) }),
    });
    return near({ prediction, result: { ...nothing, verdict } });
  }
  const decided = await refuteAll(tools, [spec], {
    ...options(),
    statement: imageStatement(question, spec, tools.prepared.original.network.inputShape, outputs.length),
    ...(depth === 'bounds' && { maxDomains: 0, strongAttack: { ...strongAttack, restarts: 0 } }),
  });
  const { verdict } = decided;
  // Nothing ran out: the bounds do not suffice, and more was not asked for.
  return depth === 'bounds' && verdict.kind === 'unknown' && verdict.why === 'timeout'
    ? { prediction, result: { ...decided, verdict: { kind: 'unknown', why: 'not asked' } } }
    : near({ prediction, result: decided });
}

/** Words are numbered in their order: with one too many, labels are not those of the network. @throws UserError */
function requireOutputs(classNames: readonly string[] = [], outputs: number): void {
  if (classNames.length <= outputs) return;
  const first = classNames.slice(0, 6).join(', ');
  throw new UserError(
    `The data has ${classNames.length} classes (${first}${classNames.length > 6 ? ', …' : ''}), numbered from 0 in this ` +
      `order, but the network has ${outputs} outputs, so that its labels are others. Take out the classes that the ` +
      'network was not trained on.',
  );
}

/** A counterexample drawn towards the image, where that is asked. */
async function drawn(
  { replayer }: Tools,
  question: ImageQuestion,
  image: Float32Array,
  outputs: Float32Array,
  found: DecidedImage,
): Promise<DecidedImage> {
  const { verdict } = found.result;
  const { drawn: resolution, epsilon } = question;
  if (resolution === undefined || verdict.kind !== 'falsified') return found;
  const { witness, distance } = await drawToImage(replayer, verdict.witness, {
    image,
    epsilon,
    resolution,
    distanceOf: (input) => distanceFrom(question, input),
    within: (radius) => withSingleSides(imageSpecification({ ...question, epsilon: radius }, outputs)),
  });
  return { ...found, distance, result: { ...found.result, verdict: { ...verdict, witness } } };
}
