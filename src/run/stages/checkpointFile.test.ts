import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { readSafetensors, writeSafetensors } from '../../formats/safetensors.ts';
import { UserError } from '../../formats/userError.ts';
import { initialize } from '../../nn/initialize.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { resolveConfig } from '../config/resolve.ts';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.ts';
import { networkOf } from './setting.ts';

const network = networkOf(
  resolveConfig({ text: 'trainer: fgsm\ndataset: mnist\narch: cnn_small\n', origin: 'test' }),
);
const path = join(mkdtempSync(join(tmpdir(), 'checkpoint-')), 'last.safetensors');
writeCheckpoint(path, network, startCheckpoint(initialize(network, createRng(1)), {}));

it('a flipped bit of a checkpoint is noticed, wherever it is', () => {
  expect(() => readCheckpoint(path, network)).not.toThrow();
  const bytes = readFileSync(path);
  const header = 8 + Number(bytes.readBigUInt64LE());
  const rng = createRng(3);
  for (let time = 0; time < 200; time++) {
    const bit = rng.integer(8 * (time % 2 === 0 ? header : bytes.length));
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    writeFileSync(path, damaged);
    expect(() => readCheckpoint(path, network), `bit ${bit}`).toThrow(UserError);
  }
  writeFileSync(path, bytes);
});

it('a checkpoint of an older version, without a checksum, is read', () => {
  const { tensors, metadata } = readSafetensors(path);
  const { crc32: _, ...others } = metadata;
  writeSafetensors(path, tensors, others);
  expect(readCheckpoint(path, network).epoch).toBe(0);
});
