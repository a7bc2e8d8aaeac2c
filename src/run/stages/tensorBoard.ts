/** @file Epochs as TensorBoard events: one folder a state, so that states are curves side by side. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { appendEvents } from '../../formats/tfevents.ts';
import { measures } from '../../train/measures/measures.ts';
import type { EpochReport } from '../stages.ts';

/** Report fields → tags; those of measures stand with the measures. */
const tags: Readonly<Record<string, string>> = {
  loss: 'loss/total',
  learningRate: 'schedule/learning_rate',
  epsilon: 'schedule/epsilon',
  trainAccuracy: 'accuracy/train',
  standard: 'accuracy/standard',
  fgsm: 'accuracy/fgsm',
  pgd: 'accuracy/pgd',
  unstableRatio: 'stability/unstable_ratio',
  gradientNorm: 'training/gradient_norm',
  imagesPerSecond: 'training/images_per_second',
};

/** Fields with a value for each layer (or loss term) → the folder of their tags. */
const groups: Readonly<Record<string, string>> = {
  terms: 'loss',
};

/** Tag → value of every finite number in an epoch's report. */
export function epochScalars(report: EpochReport): Record<string, number> {
  const scalars: Record<string, number> = {};
  const put = (tag: string, value: unknown): void => {
    if (typeof value === 'number' && Number.isFinite(value)) scalars[tag] = value;
  };
  for (const [field, value] of Object.entries(report)) {
    const tag = measures.has(field) ? measures.named(field).tag : (tags[field] ?? groups[field]);
    if (tag === undefined) continue;
    if (typeof value === 'number') put(tag, value);
    else for (const [name, one] of Object.entries(value as object)) put(`${tag}/${name}`, one);
  }
  return scalars;
}

/** Appends an epoch to `tensorboard/events.out.tfevents.certprune` in the state's folder; its step is the epoch, from 1. */
export function logEpoch(stateFolder: string, report: EpochReport, wallTimeSeconds: number): void {
  const folder = join(stateFolder, 'tensorboard');
  mkdirSync(folder, { recursive: true });
  appendEvents(join(folder, 'events.out.tfevents.certprune'), [
    { step: report.epoch, wallTimeSeconds, scalars: epochScalars(report) },
  ]);
}
