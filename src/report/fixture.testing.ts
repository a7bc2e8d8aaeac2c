/** @file For tests only: writes an invented run directory, so that the report can be tested without training. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRng, type Rng } from '../data/rng.ts';
import { countNeurons } from '../train/neuronRecord.ts';
import { recordsCsv } from '../formats/csv.ts';
import { radiiCsv } from '../run/radii.ts';
import { radiiOf } from './radiiFixture.testing.ts';
import type {
  DecidedBy,
  EnvironmentRecord,
  EpochRecord,
  LayerRemaining,
  NeuronRecord,
  PruneRecord,
  StateMeta,
  VerifyRow,
  VerifySummary,
  WeightHistogramRecord,
} from '../run/records.ts';

/** What the invented run looks like. */
export interface FixtureOptions {
  readonly name?: string;
  /** Trained states, dense included. */
  readonly states?: number;
  /** How many of them have been verified. */
  readonly verified?: number;
  readonly images?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly rate?: number;
  readonly criterion?: string;
  /** Whether masks remove whole channels. */
  readonly channels?: boolean;
  /** Whether certified radii were looked for. */
  readonly radii?: boolean;
  /** Whether bounds and neurons were measured; default true. */
  readonly measured?: boolean;
}

const LAYERS: readonly [string, number, number][] = [
  ['conv1', 16, 16 * 16],
  ['conv2', 32, 32 * 16 * 16],
  ['conv3', 64, 64 * 32 * 9],
];
const RELUS = ['relu1', 'relu2', 'relu3', 'relu4'];

const clip = (x: number): number => Math.min(1, Math.max(0, x));

/** Writes the invented run into `directory/<name>` and returns that path. */
export async function writeFixtureRun(directory: string, options: FixtureOptions = {}): Promise<string> {
  const { name = 'mnist-l1unstruct', states = 6, images = 100, epochs = 8, seed = 1, rate = 0.3 } = options;
  const { verified = states, measured = true } = options;
  const rng = createRng(`fixture ${seed}`);
  const root = join(directory, name);
  await mkdir(join(root, 'states'), { recursive: true });
  await mkdir(join(root, 'verify'), { recursive: true });
  await writeFile(join(root, 'config.yaml'), configText(options, name, epochs, rate, states, seed));
  await writeJson(join(root, 'environment.json'), environment(seed));

  const events: unknown[] = [];
  const difficulty = Array.from({ length: images }, () => rng.next());
  for (let state = 0; state < states; state++) {
    const remainRatio = (1 - rate) ** state;
    const layers = layersOf(state, remainRatio, options.channels ?? false);
    const quality =
      0.03 * Math.sin((state / Math.max(1, states - 1)) * 2.6) - 0.004 * Math.max(0, state - 3) ** 2;
    if (state > 0) events.push(pruneRecord(state, layers, remainRatio, options.criterion));
    const curve = trainingCurve(rng, state, epochs, quality, measured);
    events.push(...curve);
    const stem = String(state).padStart(2, '0');
    await mkdir(join(root, 'states', stem), { recursive: true });
    const meta: StateMeta = {
      state,
      remainRatio,
      layers,
      finished: true,
      standard: clip(0.983 + quality * 0.25),
      pgd: clip(0.921 + quality * 0.6),
      best: { epoch: Math.max(0, epochs - 2), criterion: 'fgsm', value: curve.at(-2)?.fgsm ?? 0.9 },
      trainSeconds: 21 + state * 0.4,
      weights: weightsOf(layers, state),
      compressed: {
        before: { parameters: 27_000, macs: 1_200_000 },
        after: { parameters: Math.round(27_000 * remainRatio), macs: Math.round(1_200_000 * remainRatio) },
        channels: 9 * state,
      },
    };
    await writeJson(join(root, 'states', stem, 'meta.json'), meta);
    if (measured) await writeJson(join(root, 'states', stem, 'neurons.json'), neuronsOf(state));
    if (state >= verified) continue;
    const rows = difficulty.map((hard, index) => verdict(rng, index, hard - quality * 2.5, 1 - state * 0.09));
    await writeFile(join(root, 'verify', `${stem}.csv`), recordsCsv(rows.map((row) => ({ ...row }))));
    await writeJson(join(root, 'verify', `${stem}.json`), summary(state, rows));
    const radiiFile = join(root, 'verify', `${stem}-radius.csv`);
    if (options.radii) await writeFile(radiiFile, radiiCsv(radiiOf(rows, difficulty, quality)));
  }
  events.splice(3, 0, {
    type: 'note',
    time: time(3),
    message: 'Resumed after epoch 2 of state 0.',
    state: 0,
  });
  await writeFile(join(root, 'events.jsonl'), `${events.map((event) => JSON.stringify(event)).join('\n')}\n`);
  return root;
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value, null, 2)}\n`);
}

function time(minutes: number): string {
  return new Date(Date.UTC(2025, 2, 1, 9, minutes)).toISOString();
}

function configText(
  { criterion = 'l1unstruct' }: FixtureOptions,
  name: string,
  epochs: number,
  rate: number,
  states: number,
  seed: number,
): string {
  return [
    '# An invented run for tests.',
    `name: ${name}`,
    'trainer: fgsm',
    'dataset: mnist',
    'arch: cifar_model_small',
    'eps: 0.1',
    `epochs: ${epochs}`,
    'optimizer: sgd',
    'lr: 0.01',
    `prune_method: ${criterion}`,
    'prune_type: lt',
    `prune_times: ${states}`,
    `rate: ${rate}`,
    `seed: ${seed}`,
    'verify:',
    '  images: 100',
    '  timeout: 10',
    '',
  ].join('\n');
}

function environment(seed: number): EnvironmentRecord {
  return {
    certprune: '0.1.0',
    node: '20.20.2',
    onnxruntime: '1.30.0',
    platform: 'linux x64',
    cpu: 'Invented CPU 2.0 GHz',
    cores: 2,
    memoryBytes: 8 * 2 ** 30,
    threads: 1,
    device: 'cpu',
    seed,
    dataset: {
      name: 'mnist',
      files: { 't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7' },
    },
  };
}

function layersOf(state: number, remainRatio: number, withChannels: boolean): LayerRemaining[] {
  return LAYERS.map(([name, width, total], at) => {
    const share = remainRatio ** [0.35, 0.9, 1.06][at];
    const alive = Math.max(1, Math.round(width * share));
    const base = { name, kept: state === 0 ? total : Math.round(total * share), total };
    if (!withChannels) return base;
    // A fixed pseudo-random order of the channels, so that each state's survivors are among the state's before.
    const rank = Array.from({ length: width }, (_, i) => (i * 7 + 3) % width);
    return { ...base, channels: rank.map((r) => r < alive) };
  });
}

/** Bell-shaped, with a hole in the middle that grows from state to state. */
function weightsOf(layers: readonly LayerRemaining[], state: number): WeightHistogramRecord[] {
  return layers.map(({ name, kept }, at) => {
    const shape = Array.from({ length: 41 }, (_, bin) => {
      const x = Math.abs(bin - 20) / 20;
      return x < 0.05 * state ? 0 : Math.exp(-4 * x * x);
    });
    const sum = shape.reduce((n, v) => n + v, 0);
    return { name, limit: 0.4 / (at + 1), counts: shape.map((v) => Math.round((v / sum) * kept)) };
  });
}

/** Fewer unstable neurons and narrower intervals from state to state. */
function neuronsOf(state: number): NeuronRecord {
  const rng = createRng(`neurons ${state}`);
  const instability = Float64Array.from({ length: 600 }, () =>
    Math.max(0, Math.round((rng.next() - 0.3 - 0.05 * state) * 256) / 256),
  );
  const sensitivity = instability.map((share) => Math.exp(rng.next() * 4 - 6) * (0.5 + share));
  return {
    epsilon: 0.1,
    images: 256,
    layers: RELUS.map((name, at) => ({
      name,
      neurons: 800 >> at,
      unstable: (0.2 + 0.15 * at) * 0.92 ** state,
      ...(at < 3 && { unstableBeforeBatchNorm: (0.15 + 0.12 * at) * 0.95 ** state }),
      width: 0.4 * 4 ** at * 0.9 ** state,
      boundProduct: 0.02 * 12 ** at * 0.8 ** state,
      nrsLoss: -0.9 + 0.1 * at - 0.01 * state,
      sensitivity: 0.01 * (at + 1),
    })),
    ...countNeurons({ instability, sensitivity }),
  };
}

function pruneRecord(
  state: number,
  layers: readonly LayerRemaining[],
  remainRatio: number,
  method = 'l1unstruct',
): PruneRecord {
  return {
    type: 'prune',
    time: time(state * 10),
    state,
    method,
    asked: 1000,
    removed: 1000,
    remainRatio,
    layers,
    ...(state === 5 && { rescued: ['conv3.weight'] }),
  };
}

function trainingCurve(
  rng: Rng,
  state: number,
  epochs: number,
  quality: number,
  measured: boolean,
): EpochRecord[] {
  return Array.from({ length: epochs }, (_, i) => {
    const progress = 1 - Math.exp(-((i + 1) / epochs) * 3.2);
    const noise = (): number => (rng.next() - 0.5) * 0.006;
    return {
      type: 'epoch' as const,
      time: time(state * 10 + i + 1),
      state,
      epoch: i,
      epochs,
      loss: 2.1 * (1 - progress) + 0.18 - quality + noise() * 3,
      learningRate: 0.01,
      epsilon: 0.1,
      trainAccuracy: clip(0.25 + 0.68 * progress + quality * 0.5 + noise()),
      standard: clip(0.45 + 0.53 * progress + quality * 0.2 + noise()),
      fgsm: clip(0.3 + 0.62 * progress + quality * 0.5 + noise()),
      ...(measured && {
        crown: clip(0.2 + 0.5 * progress + quality + noise()),
        nrsLoss: -0.7 - 0.1 * progress + noise(),
        unstableRatio: 0.3 - 0.1 * progress + noise(),
        unstableRatioByLayer: Object.fromEntries(RELUS.map((relu, at) => [relu, 0.1 + 0.1 * at])),
        intervalWidthByLayer: Object.fromEntries(RELUS.map((relu, at) => [relu, 3 ** at * (1.5 - progress)])),
      }),
      seconds: 2.6,
      imagesPerSecond: 21000,
    };
  });
}

function verdict(rng: Rng, index: number, hard: number, speed: number): VerifyRow {
  const label = Math.floor(rng.next() * 10);
  const row = (by: DecidedBy, verified: boolean, seconds: number, lowerBound: number): VerifyRow => ({
    index,
    label,
    prediction: label,
    verdict: verified ? 'verified' : 'falsified',
    by,
    why: '',
    seconds: Number((seconds * speed).toFixed(4)),
    domains: 0,
    lowerBound: Number(lowerBound.toFixed(5)),
    witness: verified || by === 'clean' ? '' : `witness/${index}.npz`,
  });
  if (hard > 0.98) return { ...row('clean', false, 0.001, Number.NaN), prediction: (label + 5) % 10 };
  if (hard > 0.88) return row('attack', false, 0.03 + rng.next() * 0.3, Number.NaN);
  if (hard > 0.865)
    return {
      ...row('', false, 10 / speed, -0.3),
      verdict: 'unknown',
      why: 'timeout',
      domains: 4212,
      witness: '',
    };
  if (hard > 0.85) return { ...row('bab', false, 1 + rng.next() * 4, -0.2), domains: 64 };
  if (hard > 0.66)
    return { ...row('bab', true, 0.4 * 30 ** rng.next(), 0.003), domains: 2 + Math.floor(600 * rng.next()) };
  if (hard > 0.4) return row('alpha-crown', true, 0.25 + rng.next() * 0.4, 0.2 * rng.next());
  if (hard > 0.12) return row('crown', true, 0.02 + rng.next() * 0.03, 0.4 + rng.next());
  return row('ibp', true, 0.002 + rng.next() * 0.003, 1 + rng.next());
}

function summary(state: number, rows: readonly VerifyRow[]): VerifySummary {
  const share = (keep: (row: VerifyRow) => boolean): number => rows.filter(keep).length / rows.length;
  return {
    state,
    which: 'last',
    epsilon: 0.1,
    images: rows.length,
    standard: share((row) => row.by !== 'clean'),
    pgd: share((row) => row.by !== 'clean' && row.by !== 'attack'),
    certified: share((row) => row.verdict === 'verified'),
    unknown: share((row) => row.verdict === 'unknown'),
    unstableRatioByLayer: Object.fromEntries(
      RELUS.map((relu, at) => [relu, (0.08 + 0.09 * at) * 0.9 ** state]),
    ),
    timeoutSeconds: 10,
    seconds: rows.reduce((sum, row) => sum + row.seconds, 0) / 2 + 1.2,
    workers: 2,
  };
}
