/** @file Questions in the words of a certificate. */
import type { Statement } from '../../certify/statement.ts';
import type { Specification } from '../specification.ts';
import type { ImageQuestion } from './answer.ts';

/** One number, or one a channel; undefined where it is neither. @param values one an element of [C,H,W] or [1,C,H,W] */
function perChannel(values: Float64Array, inputShape: readonly number[]): number[] | undefined {
  const sizes = inputShape.length === 4 ? inputShape.slice(1) : inputShape;
  const channels = sizes.length === 3 ? sizes[0] : 1;
  const area = values.length / channels;
  const found = Array.from({ length: channels }, (_, c) => values[c * area]);
  if (!values.every((v, i) => v === found[Math.floor(i / area)])) return undefined;
  return found.every((v) => v === found[0]) ? [found[0]] : found;
}

/** The statement about a box, in the model's own inputs; undefined where inputs are a ball or tied to one another. */
export const boxStatement = ({
  lower,
  upper,
  ball,
  inputRows,
  unsafe,
}: Specification): Statement | undefined =>
  ball || (inputRows?.length ?? 0) > 0 ? undefined : { kind: 'box', lower, upper, unsafe };

/** @param spec of the question @param classes outputs of the network */
export function imageStatement(
  question: ImageQuestion,
  spec: Specification,
  inputShape: readonly number[],
  classes: number,
): Statement | undefined {
  const { pixels, label, epsilon, norm = 'inf', targets, threshold = 0, unsafe, normalization } = question;
  // Certificates have no words for another range of inputs: they state the box itself.
  if (unsafe || threshold !== 0 || question.domain || (typeof targets === 'string' && targets !== 'all'))
    return boxStatement(spec);
  const mean = normalization && perChannel(normalization.mean, inputShape);
  const std = normalization && perChannel(normalization.std, inputShape);
  if (normalization && !(mean && std)) return boxStatement(spec);
  return {
    kind: 'image',
    image: pixels,
    label,
    classes,
    epsilon,
    norm,
    targets: targets === 'all' ? 'all' : [(targets as { target: number }).target],
    ...(mean && std && { normalization: { mean, std } }),
  };
}
