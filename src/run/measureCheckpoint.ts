/** @file Measures the neurons of PyTorch weights from elsewhere, as runs measure their own. */
import { bendsAtZero } from '../nn/layers/rules.ts';
import type { Normalization } from '../data/normalization.ts';
import { UserError } from '../formats/userError.ts';
import { readTorchNetwork } from '../nn/import/torch.ts';
import { outputShape } from '../nn/shapes.ts';
import { weightsLeft } from '../nn/weightsLeft.ts';
import type { PlainImages } from '../train/measureBatches.ts';
import { measureNeurons, type NeuronPlan } from '../train/measureNeurons.ts';
import type { NeuronRecord } from '../train/neuronsSchema.ts';
import type { LabelledImages } from '../verify/files/images.ts';

/** Weights, images, and how they are measured. */
export interface CheckpointQuestion {
  readonly path: string;
  /** An architecture of the zoo; absent: the one that alone fits. */
  readonly model?: string | undefined;
  /** One number, or one a channel; both absent: what model or file say. */
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly images: LabelledImages;
  readonly plan: NeuronPlan;
  readonly threads: number;
}

export interface CheckpointMeasures {
  /** Share of the weights that pruning left (`weightsLeft`). */
  readonly remainRatio: number;
  readonly record: NeuronRecord;
  /** What was read off or assumed, for the user. */
  readonly notes: readonly string[];
}

function normalizationOf({ mean, std, images }: CheckpointQuestion): Normalization | undefined {
  if (mean === undefined && std === undefined) return undefined;
  const [channels] = images.shape;
  const spread = (values: readonly number[], option: string): number[] => {
    if (values.length !== 1 && values.length !== channels)
      throw new UserError(`${option}: ${values.length} numbers for images of ${channels} channels.`);
    return Array.from({ length: channels }, (_, c) => values[c % values.length]);
  };
  return { mean: spread(mean ?? [0], '--mean'), std: spread(std ?? [1], '--std') };
}

function firstImages({ count, pixels, label }: LabelledImages, wanted: number): PlainImages {
  const length = Math.min(count, wanted);
  const size = pixels(0).length;
  const all = new Float32Array(length * size);
  for (let i = 0; i < length; i++) all.set(pixels(i), i * size);
  return { pixels: all, labels: Int32Array.from({ length }, (_, i) => label(i)) };
}

/**
 * @throws UserError naming file and fault: weights that do not fit, labels that the network does not know
 * @throws the signal's reason once it is aborted
 */
export async function measureCheckpoint(
  question: CheckpointQuestion,
  signal?: AbortSignal,
): Promise<CheckpointMeasures> {
  const { path, model, images, plan, threads } = question;
  const normalization = normalizationOf(question);
  const { network, numbers, notes } = readTorchNetwork(path, {
    inputShape: images.shape,
    ...(model !== undefined && { model }),
    ...(normalization && { normalization }),
  });
  const sample = firstImages(images, plan.images);
  const [classes] = outputShape(network);
  const wrong = sample.labels.findIndex((label) => !(label >= 0 && label < classes));
  if (wrong >= 0)
    throw new UserError(
      `${path}: image ${wrong} has the label ${sample.labels[wrong]}, and the network has ${classes} classes.`,
    );
  if (!network.layers.some(bendsAtZero))
    throw new UserError(`${path}: the network has no ReLU, and their neurons are what is measured.`);
  const values = Object.fromEntries(
    Object.entries(numbers).map(([key, data]) => [key, Float32Array.from(data)]),
  );
  const asked = images.domain ? { ...network, domain: images.domain } : network;
  const record = await measureNeurons(asked, values, sample, plan, { engine: { threads }, signal });
  return { remainRatio: weightsLeft({ network, numbers }), record, notes };
}
