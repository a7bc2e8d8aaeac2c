/** @file `certprune verify --csv instances.csv`: a list of instances, one after the other, with a summary. */
import { requireWritten } from '../../verify/files/errorOf.ts';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { formatCsv, type CsvField } from '../../formats/csv.ts';
import { UserError } from '../../formats/userError.ts';
import { decides, verdictKinds, type Answer, type Limits } from '../../verify/files/answer.ts';
import { readInstances, type ListedInstance } from '../../verify/files/instances.ts';
import { defaultTimeoutSeconds } from '../../verify/files/limits.ts';
import { verifyInstance } from '../../verify/files/verifyInstance.ts';
import { steadyClock } from '../../verify/steadyClock.ts';
import type { CliContext } from '../context.ts';
import { formatDuration } from '../format.ts';
import { streamTarget } from '../liveRegion.ts';
import { renderTable } from '../table.ts';
import { sameCommand } from '../work.ts';
import { answerJson, costColumns, detailsOf } from './answerText.ts';
import { keptAnswers } from './keptVerdicts.ts';
import { later } from './later.ts';
import { liveLine, silentLine, type LiveLine } from './liveLine.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { limitsOf, withOptions } from './limits.ts';
import { rangeAsked, requireEffect } from './options.ts';
import { makeFolderFor, openResults, saveWitness, withCertificate } from './places.ts';

/** One instance with its answer. */
interface Done {
  readonly instance: ListedInstance;
  /** The limit that was used; Infinity: none. */
  readonly timeoutSeconds: number;
  readonly answer: Answer;
}

/** What a configuration says of a list. */
export interface ListPreset {
  readonly limits?: Limits;
  readonly start?: number;
  readonly end?: number;
}

/**
 * Decides all instances of a list, `--workers` of them side by side; every one has a process of its own. With `--results`
 * the same command goes on after an interruption: answers are kept beside the results.
 */
export async function verifyCsvForm(
  csv: string,
  options: VerifyOptions,
  context: CliContext,
  preset: ListPreset = {},
): Promise<void> {
  const limits = withOptions(preset.limits ?? {}, limitsOf(options));
  requireEffect(options, 'complete', limits.choices?.method);
  const { start, instances } = linesAsked(readInstances(csv, options.expected), csv, options, preset);
  const results = openResults(options.results);
  makeFolderFor('--witness', options.witness);
  makeFolderFor('--certificate', options.certificate);
  const signal = context.interruptible(results?.isFile ? sameCommand(context) : undefined);
  const quiet = options.quiet === true || options.json === true;
  const live = quiet ? silentLine : liveLine(streamTarget(context.progressStream));
  const kept = results?.isFile ? keptAnswers(options.results!, limits, options.fresh === true) : undefined;
  const { workers = 1 } = options;
  const share = sharedOut(limits, workers || availableParallelism(), instances.length);
  const places: (Done | undefined)[] = instances.map(() => undefined);
  const done = (): Done[] => places.filter((one) => one !== undefined);
  const asked = new Map<string, { readonly line: number; readonly answer: Promise<Answer> }>();
  const failures = later((message) => live.say(`certprune: ${message}`));
  let again = 0;
  failures.attempt(() => results?.write(resultsCsv([])));
  const answerLine = async (index: number): Promise<void> => {
    const instance = instances[index];
    const of = `${index + 1}/${instances.length} `;
    const timeoutSeconds = limitOf(instance, limits);
    const certificate = options.certificate && join(options.certificate, `${start + index}.safetensors`);
    const key = JSON.stringify([instance.onnxPath, instance.vnnlibPath, String(timeoutSeconds)]);
    const twin = asked.get(key);
    const told = twin ? undefined : kept?.find(instance, timeoutSeconds);
    // A proof whose certificate is wanted and not there is found again.
    const lacking = certificate !== undefined && told?.result === 'unsat' && !existsSync(certificate);
    const earlier = lacking ? undefined : told;
    const answering =
      twin?.answer ??
      (earlier
        ? Promise.resolve(earlier)
        : answerOne(
            instance,
            of,
            { ...withCertificate(share.limits, certificate), timeoutSeconds },
            live,
            signal,
          ));
    if (!twin) asked.set(key, { line: index, answer: answering });
    const answer = await answering;
    const one = { instance, timeoutSeconds, answer };
    places[index] = one;
    if (earlier) again++;
    else if (!twin) failures.attempt(() => kept?.add(instance, timeoutSeconds, answer));
    const source = twin ? `  (the same as ${twin.line + 1})` : earlier ? '  (answered before)' : '';
    live.say(`${of}${lineOf(one)}${source}`);
    failures.attempt(() => results?.write(resultsCsv(done())));
    if (!earlier) failures.attempt(() => requireWritten(answer));
    const folder = options.witness;
    if (folder !== undefined)
      failures.attempt(() => saveWitness(answer, join(folder, `${start + index}.npy`)));
  };
  try {
    let next = 0;
    await Promise.all(
      Array.from({ length: share.workers }, async () => {
        for (let at = next++; at < instances.length; at = next++) await answerLine(at);
      }),
    );
  } finally {
    live.clear();
  }
  if (again > 0 && !quiet)
    context.say(`${again} of ${instances.length} instances were answered before; --fresh asks them again.`);
  if (options.json) context.out(JSON.stringify(done().map(recordOf), null, 2));
  else context.out(`${tableOf(done())}\n\n${summaryOf(done())}`);
  const errors = done().filter(({ answer }) => answer.result === 'error').length;
  failures.attempt(() => {
    if (errors > 0) throw new UserError(`${errors} of ${instances.length} instances ended in an error.`);
  });
  failures.raise();
}

/** Lines from `start` to the one before `end`. */
function linesAsked(
  all: readonly ListedInstance[],
  csv: string,
  options: VerifyOptions,
  preset: ListPreset,
): { readonly start: number; readonly instances: readonly ListedInstance[] } {
  const { start = preset.start ?? 0, end = preset.end ?? all.length } = rangeAsked(options);
  const instances = all.slice(start, end);
  if (instances.length === 0)
    throw new UserError(
      `${csv}: there are no instances from ${start} to before ${end}; it holds ${all.length}.`,
    );
  return { start, instances };
}

/** How many instances are at work together, and what each may take: cores are shared where nothing else is said. */
function sharedOut(
  limits: Limits,
  asked: number,
  instances: number,
): { readonly workers: number; readonly limits: Limits } {
  const workers = Math.min(asked, instances);
  const threads = Math.max(1, Math.floor(availableParallelism() / workers));
  return { workers, limits: workers > 1 ? { threads, ...limits } : limits };
}

/** The smaller of the list's limit and the one asked for; the default where there is neither. */
const limitOf = (instance: ListedInstance, { timeoutSeconds }: Limits): number =>
  instance.timeoutSeconds === undefined && timeoutSeconds === undefined
    ? defaultTimeoutSeconds
    : Math.min(timeoutSeconds ?? Infinity, instance.timeoutSeconds ?? Infinity);

async function answerOne(
  instance: ListedInstance,
  prefix: string,
  limits: Limits & { readonly timeoutSeconds: number },
  live: LiveLine,
  signal: AbortSignal,
): Promise<Answer> {
  const startedAt = steadyClock();
  return verifyInstance(
    { onnx: instance.onnxPath, vnnlib: instance.vnnlibPath, ...limits, startedAt },
    {
      signal,
      onProgress(progress) {
        live.show(progress, limits.timeoutSeconds - (steadyClock() - startedAt) / 1000, prefix);
      },
    },
  );
}

/** Whether an answer meets the expected one; undefined where either says nothing. */
function meets({ instance, answer }: Done): boolean | undefined {
  if (!decides(instance.expected) || !decides(answer.result)) return undefined;
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
  return renderTable<Done>(
    [
      ['model', ({ instance }) => instance.onnx],
      ['property', ({ instance }) => instance.vnnlib],
      ['result', ({ answer }) => answer.result],
      ...(expected ? [['expected', expectedWords] as const] : []),
      ...costColumns,
    ],
    all,
  );
}

/** Counts by verdict, the time of all, and how many verdicts differ from the expected ones. */
function summaryOf(all: readonly Done[]): string {
  const counts = Object.keys(verdictKinds).map((word) => {
    const count = all.filter(({ answer }) => answer.result === word).length;
    return `${count} ${word}`;
  });
  const solved = all.filter(({ answer }) => decides(answer.result)).length;
  const proved = all.filter(({ answer }) => answer.result === 'unsat').length;
  const checked = all.filter(({ answer }) => answer.checked === 'yes').length;
  const seconds = all.reduce((sum, { answer }) => sum + answer.seconds, 0);
  const lines = [`${solved} of ${all.length} solved in ${formatDuration(seconds)}: ${counts.join(', ')}.`];
  if (checked > 0) lines.push(`${checked} of ${proved} unsat are checked proofs.`);
  const judged = all.map(meets).filter((meet) => meet !== undefined);
  if (judged.length > 0) {
    const wrong = judged.filter((meet) => !meet).length;
    const closed = all.filter(
      ({ instance, answer }) =>
        instance.expected !== undefined && !decides(instance.expected) && decides(answer.result),
    ).length;
    lines.push(
      `${judged.length - wrong} of ${judged.length} verdicts agree with the expected ones` +
        `${wrong > 0 ? `; ${wrong} WRONG` : ''}${closed > 0 ? `; ${closed} solved that were open` : ''}.`,
    );
  }
  return lines.join('\n');
}

const columns: Readonly<Record<string, (done: Done) => CsvField>> = {
  onnx: ({ instance }) => instance.onnx,
  vnnlib: ({ instance }) => instance.vnnlib,
  timeout: ({ timeoutSeconds }) => timeoutSeconds,
  ...Object.fromEntries(
    (
      [
        'result',
        'by',
        'why',
        'seconds',
        'cpuSeconds',
        'peakMemoryBytes',
        'domains',
        'lowerBound',
        'checked',
        'arithmetic',
      ] as const
    ).map((name) => [name, ({ answer }: Done) => answer[name]]),
  ),
  expected: ({ instance }) => instance.expected,
  message: ({ answer }) => answer.message,
};

const resultsCsv = (all: readonly Done[]): string =>
  formatCsv([Object.keys(columns), ...all.map((done) => Object.values(columns).map((of) => of(done)))]);

function recordOf(done: Done): Record<string, unknown> {
  const { onnx, vnnlib, expected } = done.instance;
  const timeoutSeconds = Number.isFinite(done.timeoutSeconds) ? done.timeoutSeconds : null;
  return { onnx, vnnlib, timeoutSeconds, expected, ...answerJson(done.answer) };
}
