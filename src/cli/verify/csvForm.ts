/** @file `certprune verify --csv instances.csv`: a list of instances, one after the other, with a summary. */
import { join } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { formatCsv } from '../../formats/csv.ts';
import { UserError } from '../../formats/userError.ts';
import { type Answer, type Limits, type ResultWord } from '../../verify/files/answer.ts';
import { steadyClock } from '../../verify/steadyClock.ts';
import { readInstances, type ListedInstance } from '../../verify/files/instances.ts';
import { verifyInstance } from '../../verify/files/verifyInstance.ts';
import type { CliContext } from '../context.ts';
import { formatDuration } from '../format.ts';
import { streamTarget } from '../progress.ts';
import { renderTable } from '../table.ts';
import { answerJson, detailsOf } from './answerText.ts';
import { saveWitness } from './instanceForm.ts';
import { liveLine, silentLine, type LiveLine } from './liveLine.ts';
import { limitsOf, makeFolderFor, requireWritable, withOptions, type VerifyOptions } from './options.ts';

/** One instance with its answer. */
interface Done {
  readonly instance: ListedInstance;
  readonly answer: Answer;
}

/** What a configuration says of a list. */
export interface ListPreset {
  readonly limits?: Limits;
  readonly start?: number;
  readonly end?: number;
}

/** Decides all instances of a list; every one has a process of its own. */
export async function verifyCsvForm(
  csv: string,
  options: VerifyOptions,
  context: CliContext,
  preset: ListPreset = {},
): Promise<void> {
  const limits = withOptions(preset.limits ?? {}, await limitsOf(options));
  const instances = readInstances(csv, options.expected).slice(preset.start, preset.end);
  requireWritable('--results', options.results);
  makeFolderFor('--witness', options.witness);
  const signal = context.interruptible();
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  const done: Done[] = [];
  try {
    for (const [index, instance] of instances.entries()) {
      const answer = await answerOne(instance, `${index + 1}/${instances.length} `, limits, live, signal);
      done.push({ instance, answer });
      live.say(`${index + 1}/${instances.length} ${lineOf({ instance, answer })}`);
      if (options.results !== undefined) writeFileAtomic(options.results, resultsCsv(done));
      if (options.witness !== undefined) await saveWitness(answer, join(options.witness, `${index}.npy`));
    }
  } finally {
    live.clear();
  }
  if (options.json) context.out(JSON.stringify(done.map(recordOf), null, 2));
  else context.out(`${tableOf(done)}\n\n${summaryOf(done)}`);
  const errors = done.filter(({ answer }) => answer.result === 'error').length;
  if (errors > 0) throw new UserError(`${errors} of ${done.length} instances ended in an error.`);
}

async function answerOne(
  instance: ListedInstance,
  prefix: string,
  limits: Limits,
  live: LiveLine,
  signal: AbortSignal,
): Promise<Answer> {
  const startedAt = steadyClock();
  const least = Math.min(limits.timeoutSeconds ?? Infinity, instance.timeoutSeconds ?? Infinity);
  const { timeoutSeconds: _, ...rest } = limits;
  return verifyInstance(
    {
      onnx: instance.onnxPath,
      vnnlib: instance.vnnlibPath,
      ...rest,
      startedAt,
      ...(least < Infinity && { timeoutSeconds: least }),
    },
    {
      signal,
      onProgress(progress) {
        live.show(progress, least - (steadyClock() - startedAt) / 1000, prefix);
      },
    },
  );
}

/** Whether an answer meets the expected one; undefined where either says nothing. */
function meets({ instance, answer }: Done): boolean | undefined {
  const decided = (word: string | undefined): boolean => word === 'sat' || word === 'unsat';
  if (!decided(instance.expected) || !decided(answer.result)) return undefined;
  return instance.expected === answer.result;
}

/** `sat (expected unsat!)`. */
function expectedWords(done: Done): string {
  if (meets(done) === false) return `WRONG, expected ${done.instance.expected}`;
  return done.instance.expected ?? '';
}

function lineOf(done: Done): string {
  const { instance, answer } = done;
  const wrong = meets(done) === false ? `  ${expectedWords(done)}` : '';
  const message = answer.message === undefined ? '' : `: ${answer.message}`;
  return `${instance.onnx} ${instance.vnnlib}  ${answer.result}${wrong}  (${detailsOf(answer)})${message}`;
}

function tableOf(all: readonly Done[]): string {
  const expected = all.some(({ instance }) => instance.expected !== undefined);
  const columns = [
    { title: 'model' },
    { title: 'property' },
    { title: 'result' },
    ...(expected ? [{ title: 'expected' }] : []),
    { title: 'by' },
    { title: 'seconds', align: 'right' as const },
    { title: 'CPU', align: 'right' as const },
    { title: 'domains', align: 'right' as const },
  ];
  const rows = all.map((done) => {
    const { instance, answer } = done;
    return [
      instance.onnx,
      instance.vnnlib,
      answer.result,
      ...(expected ? [expectedWords(done)] : []),
      answer.by ?? answer.why ?? '',
      answer.seconds.toFixed(1),
      answer.cpuSeconds?.toFixed(1) ?? '',
      String(answer.domains),
    ];
  });
  return renderTable(columns, rows);
}

const words: readonly ResultWord[] = ['unsat', 'sat', 'timeout', 'unknown', 'error'];

/** Counts by verdict, the time of all, and how many verdicts differ from the expected ones. */
function summaryOf(all: readonly Done[]): string {
  const counts = words.map((word) => {
    const count = all.filter(({ answer }) => answer.result === word).length;
    return `${count} ${word}`;
  });
  const solved = all.filter(({ answer }) => answer.result === 'sat' || answer.result === 'unsat').length;
  const seconds = all.reduce((sum, { answer }) => sum + answer.seconds, 0);
  const lines = [`${solved} of ${all.length} solved in ${formatDuration(seconds)}: ${counts.join(', ')}.`];
  const judged = all.map(meets).filter((meet) => meet !== undefined);
  if (judged.length > 0) {
    const wrong = judged.filter((meet) => !meet).length;
    const closed = all.filter(
      ({ instance, answer }) =>
        instance.expected !== undefined &&
        !['sat', 'unsat'].includes(instance.expected) &&
        ['sat', 'unsat'].includes(answer.result),
    ).length;
    lines.push(
      `${judged.length - wrong} of ${judged.length} verdicts agree with the expected ones` +
        `${wrong > 0 ? `; ${wrong} WRONG` : ''}${closed > 0 ? `; ${closed} solved that were open` : ''}.`,
    );
  }
  return lines.join('\n');
}

function resultsCsv(all: readonly Done[]): string {
  const titles = [
    'onnx',
    'vnnlib',
    'timeout',
    'result',
    'by',
    'why',
    'seconds',
    'cpuSeconds',
    'peakMemoryBytes',
  ];
  return formatCsv([
    [...titles, 'domains', 'lowerBound', 'expected', 'message'],
    ...all.map(({ instance, answer }) => [
      instance.onnx,
      instance.vnnlib,
      instance.timeoutSeconds,
      answer.result,
      answer.by,
      answer.why,
      answer.seconds,
      answer.cpuSeconds,
      answer.peakMemoryBytes,
      answer.domains,
      Number.isFinite(answer.lowerBound) ? answer.lowerBound : undefined,
      instance.expected,
      answer.message,
    ]),
  ]);
}

function recordOf(done: Done): Record<string, unknown> {
  const { onnx, vnnlib, timeoutSeconds, expected } = done.instance;
  return { onnx, vnnlib, timeoutSeconds, expected, ...answerJson(done.answer) };
}
