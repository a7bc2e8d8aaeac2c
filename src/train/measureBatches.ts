/** @file Measures over a sample: a traced measurement of one batch, run over the first batches of a dataset. */
import { setImmediate } from 'node:timers/promises';
import { evaluationBatches } from '../data/batches.ts';
import { subsetOf, type Dataset } from '../data/dataset.ts';
import { compile, type CompileOptions, type ResultOf } from '../engine/compile.ts';
import type { Network, Parameters } from '../nn/network.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { float32, int32, type Tensor } from '../tensor/index.ts';

/** What a batch is measured from. */
export interface MeasureInputs {
  /** All parameters and buffers. */
  readonly params: Parameters<Tensor>;
  /** [batch, …image]. */
  readonly x: Tensor;
  /** [batch]. */
  readonly y: Tensor;
  /** Radius, raw pixel units; a scalar. */
  readonly epsilon: Tensor;
}

/** Labelled images as they were given, raw pixels 0..1. */
export interface PlainImages {
  /** N·C·H·W, row-major. */
  readonly pixels: Float32Array;
  readonly labels: Int32Array;
}

/** Images of a sample, whichever way they are held. */
export type SampleImages = Dataset | PlainImages;

/** Number of images. */
export const sampleCount = (images: SampleImages): number => images.labels.length;

/** Whole batches from the first image on. */
function* batchesOf(
  images: SampleImages,
  batchSize: number,
  batches: number,
): Generator<{ readonly x: Float32Array; readonly y: Int32Array }> {
  if ('images' in images) {
    const first = subsetOf(
      images,
      Array.from({ length: batches * batchSize }, (_, i) => i),
    );
    yield* evaluationBatches(first, batchSize);
    return;
  }
  const { pixels, labels } = images;
  const size = pixels.length / labels.length;
  for (let batch = 0; batch < batches; batch++) {
    const [from, to] = [batch * batchSize, (batch + 1) * batchSize];
    yield { x: pixels.slice(from * size, to * size), y: labels.slice(from, to) };
  }
}

/** What is measured: whole batches, so that no padding counts. */
export interface Sample {
  readonly network: Network;
  /** Every parameter and buffer. */
  readonly numbers: Readonly<Record<string, Float32Array>>;
  readonly dataset: SampleImages;
  readonly batchSize: number;
  readonly batches: number;
  /** Raw pixel units. */
  readonly epsilon: number;
}

/** How it is run. */
export interface MeasureOptions {
  readonly engine?: CompileOptions;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The measurement of each batch in order.
 * @throws the signal's reason once it is aborted
 */
export async function* measureBatches<R>(
  measure: (inputs: MeasureInputs) => R,
  { network, numbers, dataset, batchSize, batches, epsilon }: Sample,
  { engine = {}, signal }: MeasureOptions,
): AsyncGenerator<ResultOf<R>, void, undefined> {
  const specs = parameterSpecs(network);
  const program = compile(
    measure,
    {
      params: Object.fromEntries(specs.map(({ key, shape }) => [key, float32(shape)])),
      x: float32([batchSize, ...network.inputShape]),
      y: int32([batchSize]),
      epsilon: float32([]),
    },
    engine,
  );
  const params = Object.fromEntries(specs.map(({ key }) => [key, numbers[key]]));
  for (const { x, y } of batchesOf(dataset, batchSize, batches)) {
    signal?.throwIfAborted();
    yield await program.run({ params, x, y, epsilon });
    await setImmediate();
  }
}
