/** @file What a job needs of a machine: bytes and cores, estimated from its configuration. */
import { layerShapes } from '../../nn/shapes.ts';
import type { RunConfig } from '../config/schema.ts';
import { networkOf } from '../stages/setting.ts';
import type { JobNeed, JobWork } from './job.ts';
import type { Study } from './study.ts';

/** Node, ONNX Runtime and the images of a data set. */
const baseBytes = 400 * 2 ** 20;

/**
 * Copies of all activations of a batch that a training step holds: forward, backward, attack or bounds. Measured with
 * gradient alignment and with CROWN-IBP: 5.5; the rest is margin.
 */
const activationCopies = 8;

/** The need of a job. @param memory what the study says of it, in bytes */
export function needOf(config: RunConfig, work: JobWork, memory: Study['memory']): JobNeed {
  if (work.kind === 'verify') {
    const { workers } = config.verify;
    return { cores: workers, memoryBytes: memory.verify ?? baseBytes + workers * config.verify.memory };
  }
  if (work.kind === 'collect') return { cores: 1, memoryBytes: baseBytes };
  return { cores: config.threads, memoryBytes: memory.train ?? baseBytes + trainingBytes(config) };
}

function trainingBytes(config: RunConfig): number {
  let activations = 0;
  for (const shape of layerShapes(networkOf(config)).values())
    activations += shape.reduce((product, extent) => product * extent, 1);
  return activationCopies * activations * config.batchSize * Float32Array.BYTES_PER_ELEMENT;
}
