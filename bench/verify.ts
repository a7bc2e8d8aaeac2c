/**
 * @file Verification beside the peer: verdict, seconds, CPU seconds and peak memory of published instances.
 *
 *   node --import tsx bench/verify.ts [benchmark …] [--timeout 60] [--limit n] [--threads n]
 *
 * Benchmarks are the folders of the reference data's `vnncomp`, `mnist_cnn_a_adv` and `cifar_cnn_a_adv`. Every
 * instance has a process of its own, the start of which counts: the built one after `npm run build`, else one that
 * reads the sources. Figures of the peer: α,β-CROWN, release of December 2025, 2 shared cores, 60 s an instance, CPU
 * seconds of the whole process. The last table holds what was reached against the targets.
 */
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { sharedPath } from '../src/formats/shared.testing.ts';
import { type Answer, type Question } from '../src/verify/files/answer.ts';
import { steadyClock } from '../src/verify/steadyClock.ts';
import { openImages } from '../src/verify/files/images.ts';
import { readInstances } from '../src/verify/files/instances.ts';
import type { Subject } from '../src/verify/files/subject.ts';
import { verifyingProcess } from '../src/verify/files/verifyingProcess.ts';
import { renderTable } from '../src/cli/table.ts';
import { builtEntry, isBuilt } from './verifyingEntry.ts';
import { judge, type Done, type Peer } from './verifyTargets.ts';

/** By benchmark, in the order of its instances. */
const peers: Readonly<Record<string, Peer>> = {
  mnist_cnn_a_adv: {
    cpuSeconds: [9.6, 21.0, 67.5, 28.1, 19.7, 2.5, 5.6, 3.0, 115.3, 15.0],
    open: [8],
    peakMegabytes: 1421,
  },
  cifar_cnn_a_adv: {
    cpuSeconds: [3.1, 12.1, 3.2, 3.4, 7.0, 25.7, 6.8, 2.5, 7.7, 3.3],
    open: [],
    peakMegabytes: 640,
  },
  mnistfc_2021: { cpuSeconds: [4.3, 7.6, 4.1, 6.8, 4.3], open: [], peakMegabytes: 414 },
  oval21_2021: { cpuSeconds: [4.2, 8.5, 76.2, 63.7], open: [2, 3], peakMegabytes: 1198 },
};

/** Expected verdicts of the images, as far as published tools agree; undefined where none had an answer. */
interface Case {
  readonly name: string;
  readonly subject: Subject;
  readonly question: Question;
  readonly expected?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
}

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

async function answer(one: Case, timeoutSeconds: number, threads: number): Promise<Answer> {
  const process = verifyingProcess(builtEntry());
  try {
    return await process.ask({
      subject: one.subject,
      question: one.question,
      limits: { timeoutSeconds, threads, startedAt: steadyClock() },
    });
  } finally {
    process.close();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    timeout: { type: 'string', default: '60' },
    limit: { type: 'string', default: '1000' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
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
const timeout = Number(values.timeout);
console.log(
  `${new Date().toISOString()}  ${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}, ` +
    `${timeout} s an instance, ${values.threads} threads, ${isBuilt() ? 'built' : 'from the sources'}`,
);
const totals: string[][] = [];
const targets: string[][] = [];
const closedHere: string[] = [];
for (const benchmark of positionals.length > 0 ? positionals : everything) {
  const cases =
    benchmark === 'mnist_cnn_a_adv' || benchmark === 'cifar_cnn_a_adv'
      ? imageCases(benchmark)
      : listedCases(benchmark);
  if (cases === undefined) continue;
  const peer = peers[benchmark];
  const rows: string[][] = [];
  const done: Done[] = [];
  for (const [index, one] of cases.slice(0, Number(values.limit)).entries()) {
    const found = await answer(one, Math.min(timeout, one.timeoutSeconds ?? timeout), Number(values.threads));
    const decided = found.result === 'sat' || found.result === 'unsat';
    const wrong = decided && ['sat', 'unsat'].includes(one.expected ?? '') && one.expected !== found.result;
    const peerCpu = peer?.cpuSeconds[index];
    const closed = decided && (peer?.open.includes(index) === true || one.expected === 'unsolved');
    done.push({ index, answer: found, wrong, peerCpu });
    if (closed) closedHere.push(`${benchmark} ${one.name}: ${found.result} in ${found.seconds.toFixed(1)} s`);
    rows.push([
      one.name,
      `${found.result}${wrong ? ' WRONG' : ''}`,
      one.expected ?? '',
      found.by ?? found.why ?? found.message ?? '',
      found.seconds.toFixed(1),
      found.cpuSeconds?.toFixed(1) ?? '',
      peerCpu?.toFixed(1) ?? '',
      String(Math.round((found.peakMemoryBytes ?? 0) / 1e6)),
      String(found.domains),
      closed ? 'open for the peer' : '',
    ]);
  }
  const columns = [
    'instance',
    'verdict',
    'expected',
    'by',
    'seconds',
    'CPU s',
    'peer CPU s',
    'MB',
    'domains',
    '',
  ];
  console.log(`\n${benchmark}${peer ? `  (peer's peak memory: ${peer.peakMegabytes} MB)` : ''}`);
  console.log(
    renderTable(
      columns.map((title, i) => [title, (row: string[]) => row[i], i > 3 && i < 9 ? 'right' : 'left']),
      rows,
    ),
  );
  const count = (test: (answer: Answer) => boolean): number => done.filter((d) => test(d.answer)).length;
  const sum = (list: readonly (number | undefined)[]): number =>
    list.reduce<number>((a, b) => a + (b ?? 0), 0);
  for (const { name, reached, wanted, met } of judge(benchmark, done, cases.length, peer))
    targets.push([benchmark, name, reached, wanted, met ? 'yes' : 'NO']);
  totals.push([
    benchmark,
    `${count((a) => a.result === 'unsat' || a.result === 'sat')}/${done.length}`,
    String(count((a) => a.result === 'unsat')),
    String(count((a) => a.result === 'sat')),
    String(done.filter((d) => d.wrong).length),
    sum(done.map((d) => d.answer.seconds)).toFixed(1),
    sum(done.map((d) => d.answer.cpuSeconds)).toFixed(1),
    peer ? sum(done.map((d) => d.peerCpu)).toFixed(1) : '',
    String(Math.round(Math.max(...done.map((d) => d.answer.peakMemoryBytes ?? 0)) / 1e6)),
  ]);
}
console.log(
  `\nclosed here, open for the peer (or for all tools): ${closedHere.length === 0 ? 'none' : `\n  ${closedHere.join('\n  ')}`}`,
);
const titles = ['benchmark', 'solved', 'unsat', 'sat', 'wrong', 'seconds', 'CPU s', 'peer CPU s', 'peak MB'];
console.log(
  `\n${renderTable(
    titles.map((title, i) => [title, (row: string[]) => row[i], i > 0 ? 'right' : 'left']),
    totals,
  )}`,
);
console.log(
  `\n${renderTable(
    ['benchmark', 'figure', 'reached', 'target', 'met'].map((title, i) => [title, (row: string[]) => row[i]]),
    targets,
  )}`,
);
