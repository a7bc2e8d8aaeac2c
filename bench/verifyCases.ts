/**
 * @file The instances that verification is measured by: the folders of the reference data's `vnncomp`, `mnist_cnn_a_adv` and
 * `cifar_cnn_a_adv`. Every one has a process of its own: the built one after `npm run build`, else one that reads the sources.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { sharedPath } from '../src/formats/shared.testing.ts';
import type { Answer, Limits, Question } from '../src/verify/files/answer.ts';
import { openImages } from '../src/verify/files/images.ts';
import { readInstances } from '../src/verify/files/instances.ts';
import type { Subject } from '../src/verify/files/subject.ts';
import { verifyingProcess } from '../src/verify/files/verifyingProcess.ts';
import { steadyClock } from '../src/verify/steadyClock.ts';
import { builtEntry, isBuilt } from './verifyingEntry.ts';

export interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly question: Question;
  /** The verdict, as far as published tools agree; undefined where none had an answer. */
  readonly expected?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
}

const everything = [
  'test',
  'rl_benchmarks',
  'mnist_fc',
  'mnistfc_2021',
  'acasxu',
  'cifar10_resnet_2021',
  'oval21_2021',
  'oval21',
  'mnist_cnn_a_adv',
  'cifar_cnn_a_adv',
];

function listedCases(benchmark: string): Case[] | undefined {
  const list = sharedPath(`vnncomp/${benchmark}/instances.csv`);
  const table = sharedPath('vnncomp/expected.csv');
  if (list === undefined || table === undefined) return undefined;
  return readInstances(list, table).map(
    ({ onnx, vnnlib, onnxPath, vnnlibPath, expected, timeoutSeconds }) => ({
      name: `${onnx.replace(/^.*\//, '')} ${vnnlib.replace(/^.*\//, '')}`,
      subject: { kind: 'onnx', path: onnxPath },
      question: { kind: 'vnnlib', path: vnnlibPath },
      expected,
      timeoutSeconds,
    }),
  );
}

const cifarMean = [125.3 / 255, 123 / 255, 113.9 / 255];
const cifarStd = [63 / 255, 62.1 / 255, 66.7 / 255];

function imageCases(model: 'mnist_cnn_a_adv' | 'cifar_cnn_a_adv'): Case[] | undefined {
  const mnist = model.startsWith('mnist');
  const weights = sharedPath(`models/sdp/${model}.model`);
  const pixels = sharedPath(`data/sdp/${mnist ? 'mnist' : 'cifar'}_x.npy`);
  if (weights === undefined || pixels === undefined) return undefined;
  const images = openImages(pixels);
  const indices = mnist ? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] : [1, 2, 5, 7, 8, 11, 14, 15, 17, 18];
  const sat = mnist ? [] : [1, 5, 7, 15, 18];
  return indices.map((index) => ({
    name: `image ${index}`,
    subject: {
      kind: 'torch',
      path: weights,
      choices: { model, ...(!mnist && { normalization: { mean: cifarMean, std: cifarStd } }) },
    },
    question: {
      kind: 'image',
      pixels: images.pixels(index),
      label: images.label(index),
      epsilon: mnist ? 0.3 : 2 / 255,
      targets: 'all',
      depth: 'complete',
    },
    expected: mnist ? undefined : sat.includes(index) ? 'sat' : 'unsat',
  }));
}

const casesOf = (benchmark: string): Case[] | undefined =>
  benchmark === 'mnist_cnn_a_adv' || benchmark === 'cifar_cnn_a_adv'
    ? imageCases(benchmark)
    : listedCases(benchmark);

/** What a benchmark was asked to run. */
export interface Asked {
  /** Names with their instances; those whose files are absent are left out. */
  readonly benchmarks: readonly { readonly name: string; readonly cases: readonly Case[] }[];
  /** Of each benchmark, the first so many instances. */
  readonly limit: number;
  readonly timeoutSeconds: number;
  readonly threads: number;
}

/** Reads `[benchmark …] [--timeout 60] [--limit n] [--threads n]`, and says what is run on what. */
export function askedFor(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      timeout: { type: 'string', default: '60' },
      limit: { type: 'string', default: '1000' },
      threads: { type: 'string', default: String(availableParallelism()) },
    },
  });
  console.log(
    `${new Date().toISOString()}  ${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, ` +
      `${values.timeout} s an instance, ${values.threads} threads, ${isBuilt() ? 'built' : 'from the sources'}`,
  );
  const names = positionals.length > 0 ? positionals : everything;
  return {
    benchmarks: names.flatMap((name) => {
      const cases = casesOf(name);
      return cases ? [{ name, cases }] : [];
    }),
    limit: Number(values.limit),
    timeoutSeconds: Number(values.timeout),
    threads: Number(values.threads),
  };
}

/** One instance in a process of its own, the start of which counts. */
export async function answerTo(
  one: Case,
  { timeoutSeconds, threads }: Asked,
  choices: NonNullable<Limits['choices']> = {},
): Promise<Answer> {
  const process = verifyingProcess(builtEntry());
  const limits = {
    timeoutSeconds: Math.min(timeoutSeconds, one.timeoutSeconds ?? timeoutSeconds),
    threads,
    choices,
    startedAt: steadyClock(),
  };
  try {
    return await process.ask({ subject: one.subject, question: one.question, limits });
  } finally {
    process.close();
  }
}
