import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { epochScalars, logEpoch } from './tensorBoard.ts';

const report = {
  state: 0,
  epoch: 3,
  epochs: 5,
  loss: 0.5,
  learningRate: 0.1,
  ibp: 0.25,
  nrsLoss: Number.NaN,
  unstableRatioByLayer: { relu1: 0.1 },
  terms: { nrs: -0.9 },
  seconds: 2,
  imagesPerSecond: 100,
};

it('turns a report into tags, without what is no number', () => {
  expect(epochScalars(report)).toEqual({
    'loss/total': 0.5,
    'loss/nrs': -0.9,
    'schedule/learning_rate': 0.1,
    'verified/ibp': 0.25,
    'unstable_ratio/relu1': 0.1,
    'training/images_per_second': 100,
  });
});

it('appends to one file a state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tensorboard-'));
  try {
    logEpoch(folder, report, 1);
    const file = join(folder, 'tensorboard', 'events.out.tfevents.certprune');
    const once = readFileSync(file).length;
    logEpoch(folder, { ...report, epoch: 4 }, 2);
    const bytes = readFileSync(file);
    expect(bytes.length).toBeGreaterThan(once);
    expect(bytes.includes(Buffer.from('verified/ibp'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
