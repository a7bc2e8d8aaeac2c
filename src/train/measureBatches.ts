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

/** What is measured: whole batches, so that no padding counts. */
export interface Sample {
  readonly network: Network;
  /** Every parameter and buffer. */
  readonly numbers: Readonly<Record<string, Float32Array>>;
  readonly dataset: Dataset;
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
  const images = subsetOf(
    dataset,
    Array.from({ length: batches * batchSize }, (_, i) => i),
  );
  for (const { x, y } of evaluationBatches(images, batchSize)) {
    signal?.throwIfAborted();
    yield await program.run({ params, x, y, epsilon });
    await setImmediate();
  }
}
