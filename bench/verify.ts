/**
 * @file Verification beside the peer: verdict, seconds, CPU seconds and peak memory of published instances.
 *
 *   node --import tsx bench/verify.ts [benchmark …] [--timeout 60] [--limit n] [--threads n]
 *
 * Figures of the peer: α,β-CROWN, release of December 2025, 2 shared cores, 60 s an instance, CPU seconds of the whole
 * process. The last table holds what was reached against the targets.
 */
import type { Answer } from '../src/verify/files/answer.ts';
import { renderTable } from '../src/cli/table.ts';
import { answerTo, askedFor } from './verifyCases.ts';
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

const asked = askedFor(process.argv.slice(2));
const totals: string[][] = [];
const targets: string[][] = [];
const closedHere: string[] = [];
for (const { name: benchmark, cases } of asked.benchmarks) {
  const peer = peers[benchmark];
  const rows: string[][] = [];
  const done: Done[] = [];
  for (const [index, one] of cases.slice(0, asked.limit).entries()) {
    const found = await answerTo(one, asked);
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
