/** @file The jobs of a study: train state k → prune → train k+1; verify state k in chunks; collect; what each needs of a machine. */
import { layerShapes } from '../../nn/shapes.ts';
import type { RunConfig } from '../config/schema.ts';
import { runPaths, stateNumber } from '../paths.ts';
import { planStates } from '../plan.ts';
import { networkOf } from '../stages/setting.ts';
import type { Job, JobNeed, JobWork } from './job.ts';

import type { Study, StudyRun } from './study.ts';

/** Where verification comes at the end, it waits for everything that other jobs wait for. */
const early = 1;
const late = 2;

/**
 * All jobs, each after those it waits for. One run's training and pruning form a chain, so that no two of its jobs
 * write in its directory at once; chunks of verification write beside it, and `collect` joins them at the end.
 */
export function planJobs(study: Study): Job[] {
  return study.runs.flatMap((run) => runJobs(run, study));
}

/** Id of a job: the run, the kind, and what tells it from others of its kind. */
export function jobId(run: string, work: JobWork): string {
  const state = work.kind === 'collect' ? '' : `-${stateNumber(work.state)}`;
  const images = work.kind === 'verify' ? `-${work.start}-${work.end}` : '';
  return `${run}/${work.kind}${state}${images}`;
}

function runJobs({ name, config }: StudyRun, study: Study): Job[] {
  const jobs: Job[] = [];
  const add = (work: JobWork, after: readonly string[], priority = early): string => {
    const id = jobId(name, work);
    jobs.push({ id, run: name, work, after, priority, need: needOf(config, work, study.memory) });
    return id;
  };
  const { when, images } = config.verify;
  let last: string[] = [];
  const chunks: string[] = [];
  for (const { state, prune } of planStates(config, runPaths(name))) {
    if (prune) last = [add({ kind: 'prune', state }, last)];
    last = [add({ kind: 'train', state }, last)];
    if (when === 'never') continue;
    for (const part of chunksOf(images, study.chunk))
      chunks.push(add({ kind: 'verify', state, ...part }, last, when === 'end' ? late : early));
  }
  if (when !== 'never') add({ kind: 'collect' }, [...last, ...chunks]);
  return jobs;
}

/** Images start … end−1 in parts of at most `size`. */
export function chunksOf(
  images: RunConfig['verify']['images'],
  size: number,
): { readonly start: number; readonly end: number }[] {
  const parts = [];
  for (let { start } = images; start < images.end; start += size)
    parts.push({ start, end: Math.min(images.end, start + size) });
  return parts;
}

/** Node, ONNX Runtime and the images of a data set. */
const baseBytes = 400 * 2 ** 20;

/**
 * Copies of all activations of a batch that a training step holds: forward, backward, attack or bounds. Measured with
 * gradient alignment and with CROWN-IBP: 5.5; the rest is margin.
 */
const activationCopies = 8;

/** The need of a job. @param memory what the study says of it, in bytes */
function needOf(config: RunConfig, work: JobWork, memory: Study['memory']): JobNeed {
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
