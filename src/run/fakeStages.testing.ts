/** @file Stages that compute nothing but hashes, so that the experiment around them can be tested. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import type { LayerRemaining } from './records.ts';
import type { Stages, TrainTask, VerifyOutcome } from './stages.ts';

/** A checkpoint of the fakes: every value follows from what it was made from. */
interface FakeCheckpoint {
  weights: string;
  kept: number;
  epoch: number;
  best?: { epoch: number; criterion: string; value: number };
}

const total = 1000;

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function read(path: string): FakeCheckpoint {
  return JSON.parse(readFileSync(path, 'utf8')) as FakeCheckpoint;
}

function layersOf(kept: number): LayerRemaining[] {
  return [{ name: 'conv1', kept, total }];
}

/**
 * Deterministic stages. `step` is called at every point where a real stage could be interrupted.
 * Image i is verified, falsified or open by the hash of the checkpoint and i.
 */
export function fakeStages(step: () => void = () => {}): Stages {
  const write = (path: string, value: FakeCheckpoint): void => writeFileAtomic(path, JSON.stringify(value));
  return {
    async describe(config) {
      return {
        onnxruntime: '0.0.0',
        threads: 1,
        dataset: { name: config.dataset, files: { images: 'abc' } },
      };
    },
    train: {
      async initialise(task: TrainTask, path) {
        step();
        write(path, { weights: hash(`seed ${task.config.seed}`), kept: total, epoch: 0 });
        return { layers: layersOf(total) };
      },
      async train({ config, state, states, files }, context) {
        let now = read(existsSync(files.last) ? files.last : files.init);
        while (now.epoch < config.epochs) {
          context.signal.throwIfAborted();
          const epoch = now.epoch + 1;
          const weights = hash(`${now.weights} ${epoch} ${config.lr}`);
          const value = Number.parseInt(weights.slice(0, 4), 16) / 0xffff;
          const isBest = value > (now.best?.value ?? -1);
          now = { ...now, weights, epoch, ...(isBest && { best: { epoch, criterion: 'fgsm', value } }) };
          step();
          if (isBest) write(files.best, now);
          if (state === 0 && epoch === config.rewindEpoch) write(files.rewind, now);
          context.progress({
            type: 'step',
            state,
            states,
            epoch,
            epochs: config.epochs,
            step: 1,
            steps: 1,
            loss: value,
            imagesPerSecond: 100,
          });
          step();
          await context.epochDone({
            state,
            epoch,
            epochs: config.epochs,
            loss: value,
            learningRate: config.lr,
            seconds: 1,
            imagesPerSecond: 100,
          });
          step();
          write(files.last, now);
        }
        return { ...(now.best && { best: now.best }), trainSeconds: config.epochs };
      },
      async evaluate({ files }) {
        step();
        return {
          standard: 0.98,
          fgsm: 0.9,
          pgd: Number.parseInt(read(files.last).weights.slice(0, 2), 16) / 256,
        };
      },
    },
    prune: {
      async prune({ config, from, rewind, to }) {
        const kept = read(from).kept;
        const removed = Math.round(config.rate * kept);
        step();
        write(to, {
          weights: hash(`${read(rewind).weights} ${read(from).weights}`),
          kept: kept - removed,
          epoch: 0,
        });
        const layers = layersOf(kept - removed);
        return {
          method: config.pruneMethod,
          asked: removed,
          removed,
          remainRatio: (kept - removed) / total,
          layers,
        };
      },
    },
    verify: {
      async verify({ checkpoint, indices }, context) {
        const { weights } = read(checkpoint);
        // Two workers: images end out of order.
        const order = [...indices.filter((i) => i % 2 === 1), ...indices.filter((i) => i % 2 === 0)];
        for (const index of order) {
          context.signal.throwIfAborted();
          step();
          await context.imageDone(fakeVerdict(weights, index));
          step();
        }
        return { workers: 2 };
      },
    },
  };
}

function fakeVerdict(weights: string, index: number): VerifyOutcome {
  const chance = Number.parseInt(hash(`${weights} ${index}`).slice(0, 2), 16) % 4;
  const common = {
    index,
    label: 3,
    prediction: chance === 0 ? 5 : 3,
    seconds: 0.5,
    domains: chance * 10,
    witness: '',
  };
  if (chance === 0) {
    return {
      row: { ...common, verdict: 'falsified', by: 'clean', why: '', lowerBound: Number.NEGATIVE_INFINITY },
    };
  }
  if (chance === 1)
    return { row: { ...common, verdict: 'falsified', by: 'attack', why: '', lowerBound: -0.5 } };
  const unstableRatioByLayer = { conv1: 1 / (index + 3) };
  if (chance === 2) {
    return {
      row: { ...common, verdict: 'unknown', by: '', why: 'timeout', lowerBound: -0.1 },
      unstableRatioByLayer,
    };
  }
  return {
    row: { ...common, verdict: 'verified', by: 'bab', why: '', lowerBound: 0.25 },
    unstableRatioByLayer,
  };
}
