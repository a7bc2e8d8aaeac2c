/** @file What is asked of labelled images, and the question about one of them at a radius. */
import { availableParallelism } from 'node:os';
import type { Norm } from '../../bounds/ball.ts';
import type { Normalization } from '../../data/normalization.ts';
import { UserError } from '../../formats/userError.ts';
import type { Depth, ImageQuestion } from '../../verify/files/answer.ts';
import type { LabelledImages } from '../../verify/files/images.ts';
import type { RowTexts } from '../../verify/files/outputRows.ts';
import type { FileSubject, Subject } from '../../verify/files/subject.ts';
import type { ImagesTask } from '../../verify/files/verifyImages.ts';
import type { Targets } from '../../verify/specification.ts';
import { toldSubject } from './torchSubject.ts';

/** What is asked of images, of whatever network. */
export interface AskedImages extends Pick<ImagesTask, 'limits' | 'workers'> {
  readonly subject: Subject;
  readonly images: LabelledImages;
  readonly indices: readonly number[];
  readonly epsilon: (index: number) => number;
  readonly norm: Norm;
  readonly targets: Targets;
  /** What margins must exceed; default 0. */
  readonly threshold?: number;
  readonly unsafe?: RowTexts;
  readonly depth: Depth;
  /** One number, or one a channel. */
  readonly normalization?: Normalization;
}

/** What the command asks of a file, read from its options or from a configuration. */
export interface ImagesRequest extends AskedImages {
  readonly subject: FileSubject;
}

/** A subject about which everything is said, and the question about an image at a radius. */
export interface OpenQuestion {
  readonly subject: Subject;
  readonly question: (index: number, epsilon: number) => ImageQuestion;
}

/**
 * @param say told what was read off or assumed
 * @throws UserError where the architecture cannot be told, or the normalisation is that of other images
 */
export function openQuestion(request: AskedImages, say: (note: string) => void): OpenQuestion {
  const { images, norm, targets, threshold, unsafe, depth } = request;
  const normalization = request.normalization && spread(images, request.normalization);
  return {
    subject: toldSubject(request.subject, normalization !== undefined, say),
    question: (index, epsilon) => ({
      kind: 'image',
      pixels: images.pixels(index),
      label: images.label(index),
      name: images.name(index),
      domain: images.domain,
      ...(images.classNames && { classNames: images.classNames }),
      epsilon,
      norm,
      targets,
      ...(threshold !== undefined && { threshold }),
      ...(unsafe && { unsafe }),
      depth,
      ...(normalization && { normalization }),
    }),
  };
}

/** One number an element of the input. */
function spread(
  { shape, pixels }: LabelledImages,
  { mean, std }: Normalization,
): { mean: Float64Array; std: Float64Array } {
  const [channels] = shape;
  const size = pixels(0).length;
  const over = (values: readonly number[], option: string): Float64Array => {
    if (values.length !== 1 && values.length !== channels)
      throw new UserError(`${option}: ${values.length} numbers for images of ${channels} channels.`);
    return Float64Array.from({ length: size }, (_, i) =>
      values.length === 1 ? values[0] : values[Math.floor((i * channels) / size)],
    );
  };
  return { mean: over(mean, '--mean'), std: over(std, '--std') };
}

/** Processes side by side. */
export const workersFor = ({ indices, workers }: AskedImages): number =>
  Math.min(indices.length, workers || availableParallelism());

/** Threads of one operation: one where several processes share the cores. */
export const threadsFor = (request: AskedImages): number =>
  request.limits.threads ?? (workersFor(request) > 1 ? 1 : availableParallelism());
