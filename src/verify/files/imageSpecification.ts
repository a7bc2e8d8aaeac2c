/** @file An image that shall keep its label, as a specification in the network's own input units. */
import { pixelDomain, valueAt } from '../../data/domain.ts';
import { UserError } from '../../formats/userError.ts';
import { requireImage, robustness, type Specification } from '../specification.ts';
import type { ImageQuestion } from './answer.ts';
import { conjunctionsOf } from './outputRows.ts';

/** @throws UserError naming the image, as `requireImage` */
export function requireImageQuestion(question: ImageQuestion, classes: number): void {
  const { pixels, label, epsilon, targets, domain, name = 'An image' } = question;
  try {
    requireImage(pixels, label, classes, epsilon, question.unsafe ? 'all' : targets, domain);
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${name}: ${error.message}`);
    throw error;
  }
}

/** The image as the network takes it. */
export function modelInput({ pixels, normalization }: ImageQuestion): Float32Array {
  if (!normalization) return pixels;
  const { mean, std } = normalization;
  return pixels.map((v, i) => (v - mean[i]) / std[i]);
}

/**
 * The radius at which an input lies on the rim of the question's ball, rounded up: the ball of that radius holds
 * the input.
 */
export function distanceFrom(
  { pixels, norm = 'inf', normalization, domain = pixelDomain }: ImageQuestion,
  input: ArrayLike<number>,
): number {
  let total = 0;
  pixels.forEach((pixel, i) => {
    const raw = normalization ? input[i] * normalization.std[i] + normalization.mean[i] : input[i];
    const radius = valueAt(domain.radii, i, pixels.length);
    // What is held fixed moves by rounding alone, and where it is confirmed it does not.
    const apart = radius === 0 ? 0 : Math.abs(raw - pixel) / radius;
    total = norm === 'inf' ? Math.max(total, apart) : total + (norm === 1 ? apart : apart * apart);
  });
  return (norm === 2 ? Math.sqrt(total) : total) * (1 + 1e-9) + 1e-12;
}

/**
 * The ball of raw pixels, clipped to the valid range and then normalised; all, one or the runner-up class as targets.
 * @param outputs the network's for the image itself
 */
export function imageSpecification(question: ImageQuestion, outputs: Float32Array): Specification {
  const { pixels, label, epsilon, norm, targets, threshold, domain, normalization } = question;
  const kept = robustness(pixels, label, outputs.length, epsilon, targets, outputs, norm, threshold, domain);
  const spec = question.unsafe ? { ...kept, unsafe: conjunctionsOf(question.unsafe, outputs.length) } : kept;
  if (!normalization) return spec;
  const { mean, std } = normalization;
  const normalized = (v: number, i: number): number => (v - mean[i]) / std[i];
  const { ball } = spec;
  return {
    ...spec,
    lower: spec.lower.map(normalized),
    upper: spec.upper.map(normalized),
    ...(ball && {
      ball: {
        ...ball,
        center: ball.center.map(normalized),
        radius: ball.radius.map((r, i) => r / std[i]),
      },
    }),
  };
}
