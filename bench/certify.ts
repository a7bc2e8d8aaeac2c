/**
 * @file What certificates cost, on the instances of `bench/verify.ts`:
 *
 *   npm run bench certify [benchmark …] -- [--timeout 60] [--limit n] [--threads n]
 *
 * Every instance is verified without a check, with the default one, and, where it is `unsat`, with a certificate (for which
 * there is ten times the time); a fresh process then checks that on one thread. CPU seconds are of whole processes, start
 * included. The last table holds what was reached against the targets. Needs `npm run build`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTable } from '../src/cli/table.ts';
import { checkShare, geometricMean, judgeCertificates, slowdown, type Certified } from './certifyTargets.ts';
import { freshCheck } from './freshCheck.ts';
import { answerTo, askedFor, type Asked, type Case } from './verifyCases.ts';
import { isBuilt } from './verifyingEntry.ts';

async function certified(one: Case, asked: Asked, certificate: string): Promise<Certified> {
  const never = await answerTo(one, asked, { certify: 'never' });
  if (never.result !== 'sat' && never.result !== 'unsat') return { never };
  const auto = await answerTo(one, asked, { certify: 'auto' });
  if (never.result === 'sat') return { never, auto };
  const patient = { ...asked, timeoutSeconds: 10 * asked.timeoutSeconds };
  const always = await answerTo({ ...one, timeoutSeconds: undefined }, patient, {
    certify: 'always',
    certificate,
  });
  if (always.checked !== 'yes') return { never, auto, always };
  const { subject, question } = one;
  const files = [
    ...(subject.kind === 'onnx' ? ['--onnx', subject.path] : []),
    ...(question.kind === 'vnnlib' ? ['--vnnlib', question.path] : []),
  ];
  return { never, auto, always, check: await freshCheck(certificate, [...files, '--threads', '1']) };
}

const titles = [
  'instance',
  'verdict',
  'domains',
  'never s',
  'auto s',
  'ratio',
  'auto: checked',
  'always s',
  'always: checked',
  'fresh',
  'float',
  'leaves',
  'kB',
  'check s',
  '/search',
  'MB',
];

const number = (x: number | undefined, digits: number): string => x?.toFixed(digits) ?? '';

function rowOf(name: string, one: Certified): string[] {
  const { never, auto, always, check } = one;
  const said = (answer: Certified['auto']): string =>
    answer === undefined
      ? ''
      : answer.result === never.result
        ? (answer.checked ?? '')
        : `${answer.result}: ${answer.why ?? answer.message}`;
  return [
    name,
    never.result,
    String(never.domains),
    number(never.cpuSeconds, 2),
    number(auto?.cpuSeconds, 2),
    number(slowdown(one), 2),
    said(auto),
    number(always?.cpuSeconds, 2),
    said(always),
    check?.report.failure?.message ?? check?.report.result ?? '',
    check?.report.arithmetic.float ?? '',
    check ? String(check.report.leaves) : '',
    number(check && check.report.bytes / 1e3, 1),
    number(check?.cpuSeconds, 2),
    number(checkShare(one), 2),
    number(check && check.peakBytes / 1e6, 0),
  ];
}

/** Prints a table for every benchmark, and one of the targets. */
export async function certifyTables(args: readonly string[]): Promise<void> {
  if (!isBuilt()) throw new Error('The sources are younger than the build: npm run build.');
  const asked = askedFor(args);
  const folder = mkdtempSync(join(tmpdir(), 'certprune-bench-'));
  const all: Certified[] = [];
  try {
    for (const { name, cases } of asked.benchmarks) {
      const rows: string[][] = [];
      const done: Certified[] = [];
      for (const [index, one] of cases.slice(0, asked.limit).entries()) {
        done.push(await certified(one, asked, join(folder, name, `${index}.certificate`)));
        rows.push(rowOf(one.name, done.at(-1)!));
      }
      const mean = geometricMean(done.map(slowdown).filter((x) => x !== undefined));
      console.log(`\n${name}  (default/never: ${number(mean, 2)})`);
      const words = new Set([0, 1, 6, 8, 9, 10]);
      console.log(
        renderTable(
          titles.map((title, i) => [title, (row: string[]) => row[i], words.has(i) ? 'left' : 'right']),
          rows,
        ),
      );
      all.push(...done);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const judged = judgeCertificates(all.filter(({ auto }) => auto !== undefined));
  console.log(
    `\n${renderTable(
      [
        ['figure', ({ name }) => name],
        ['reached', ({ reached }) => reached],
        ['target', ({ wanted }) => wanted],
        ['met', ({ met }) => (met ? 'yes' : 'NO')],
      ],
      judged,
    )}`,
  );
}
