/** @file `certprune verify RUN`: trained states of a run. */
import { relative } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import { askedWords, differing, nameOf, type Asked } from '../../run/asked.ts';
import { loadConfig } from '../../run/config/presets.ts';
import { verifyStates } from '../../run/experiment.ts';
import { runPaths } from '../../run/paths.ts';
import { planStates } from '../../run/plan.ts';
import type { VerifySummary } from '../../run/records.ts';
import { readOverview } from '../../run/runs.ts';
import { isVerified, readSummary } from '../../run/verdictFiles.ts';
import { readRowTexts } from '../../verify/files/outputRows.ts';
import { chooseRun, type ChosenRun } from '../configOptions.ts';
import type { CliContext } from '../context.ts';
import { formatDuration, formatShare } from '../format.ts';
import { resultTable } from '../results.ts';
import { renderTable } from '../table.ts';
import { workOn } from '../work.ts';
import { flagNames, rowOf, type VerifyOptions } from '../../run/verifyOptions/table.ts';
import { rangeAsked, requireEffect, requireRadius } from './options.ts';

/** Verifies states and prints the run's results. */
export async function verifyRunForm(
  run: string,
  words: readonly string[],
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const chosen = await chooseRun([run], options.runs === undefined ? {} : { runs: options.runs });
  const stray = words.find((word) => !word.startsWith('verify.'));
  if (stray !== undefined) {
    throw new UserError(
      `${stray}: only verify.key=value can be overridden here; the rest of the run stands.`,
    );
  }
  const { config } = runPaths(chosen.directory);
  const own = loadConfig({ config }, words);
  const overrides = settingsOf(options, own.verify.images);
  const asked = askedOf(options);
  const { verify } = loadConfig({ config }, [...words, ...overrides]);
  requireEffect(options, options.mode ?? 'complete', verify.method);
  requireRadius(options);
  const named = words.length + overrides.length > 0 || options.seed !== undefined;
  const quiet = options.quiet === true || options.json === true;
  const { states = 'all', fresh = false, seed } = options;
  if (options.radius) {
    const { radiiOfRun } = await import('./radiusRun.ts');
    const config = { ...chosen.config, verify, ...(seed !== undefined && { seed }) };
    return radiiOfRun({ ...chosen, config }, differing(asked, chosen.config), options, context);
  }
  const choice = { states, verify, fresh, asked, named, ...(seed !== undefined && { seed }) };
  const summaries = await workOn(chosen, context, quiet, (work) => verifyStates(work, choice));
  const question = nameOf(differing(asked, chosen.config));
  if (question !== '') return tellOther(chosen, question, states, options, context);
  if (options.json) return context.out(JSON.stringify(summaries, null, 2));
  if (summaries.length === 0) context.say('These states were verified before; --fresh verifies them again.');
  context.out(resultTable(readOverview(chosen.directory)));
}

/** The verdicts on another question: those of now and those of before alike. */
async function tellOther(
  { directory, config }: ChosenRun,
  question: string,
  states: readonly number[] | 'all',
  { json }: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const paths = runPaths(directory);
  const found = planStates(config, paths)
    .filter(({ state }) => states === 'all' || states.includes(state))
    .flatMap(({ state }): { files: ReturnType<typeof paths.verify>; summary: VerifySummary }[] => {
      const files = paths.verify(state, question);
      return isVerified(files) ? [{ files, summary: readSummary(files) }] : [];
    });
  if (json)
    return context.out(
      JSON.stringify(
        found.map(({ summary }) => summary),
        null,
        2,
      ),
    );
  const asked = found[0]?.summary.asked;
  if (asked) context.out(`Another question than the run's own: ${askedWords(asked)}.\n`);
  context.out(
    renderTable(
      [
        ['state', ({ summary }) => String(summary.state), 'right'],
        ['epsilon', ({ summary }) => summary.epsilon.toPrecision(4), 'right'],
        ['images', ({ summary }) => String(summary.images), 'right'],
        ['standard', ({ summary }) => formatShare(summary.standard), 'right'],
        ['certified', ({ summary }) => formatShare(summary.certified), 'right'],
        ['open', ({ summary }) => formatShare(summary.unknown), 'right'],
        ['verify', ({ summary }) => formatDuration(summary.seconds), 'right'],
        ['verdicts', ({ files }) => relative(paths.root, files.csv)],
      ],
      found,
    ),
  );
}

/** What may be another question than the run's own. */
export function askedOf({ epsilon, norm, targets, unsafe, mode, mean, std }: VerifyOptions): Asked {
  if (typeof epsilon === 'string')
    throw new UserError(`--epsilon ${epsilon}: a run has one radius for all images; give a number.`);
  return {
    ...(epsilon !== undefined && { epsilon }),
    ...(norm !== undefined && { norm }),
    ...(targets !== undefined && { targets }),
    ...(unsafe !== undefined && { unsafe: readRowTexts(unsafe) }),
    ...(mode !== undefined && { depth: mode }),
    ...((mean ?? std) && { normalization: { mean: mean ?? [0], std: std ?? [1] } }),
  };
}

/** Settings as overrides of the run's configuration. */
export function settingsOf(
  options: VerifyOptions,
  own: { readonly start: number; readonly end: number },
): string[] {
  const { start, end } = rangeAsked(options);
  if (options.timeout === Infinity)
    throw new UserError('--timeout none: images of a run have a limit; give a large number of seconds.');
  const first = start ?? own.start;
  const after = end ?? (start === undefined ? own.end : start + 100);
  if (after <= first) throw new UserError(`The image after the last one is ${after}, the first is ${first}.`);
  const range = start === undefined && end === undefined ? {} : { start: first, end: after };
  return flagNames.flatMap((name) => {
    const value = { ...options, ...range }[name];
    const { yaml } = rowOf(name);
    return value === undefined || !yaml ? [] : [`verify.${yaml.key}=${String(value)}`];
  });
}
