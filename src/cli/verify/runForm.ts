/** @file `certprune verify RUN`: trained states of a run. */
import { UserError } from '../../formats/userError.ts';
import type { ChosenRun } from '../configOptions.ts';
import type { CliContext } from '../context.ts';
import type { VerifyOptions } from './options.ts';

/** Verifies states and prints the run's results. */
export async function verifyRunForm(
  run: string,
  words: readonly string[],
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const [{ chooseRun }, { loadConfig }, { runPaths }] = await Promise.all([
    import('../configOptions.ts'),
    import('../../run/config/presets.ts'),
    import('../../run/paths.ts'),
  ]);
  const chosen = await chooseRun([run], options.runs === undefined ? {} : { runs: options.runs });
  const states = statesOf(options.states ?? 'all');
  const overrides = [...words, ...settingsOf(options)];
  const stray = overrides.find((override) => !override.startsWith('verify.'));
  if (stray !== undefined) {
    throw new UserError(
      `${stray}: only verify.key=value can be overridden here; the rest of the run stands.`,
    );
  }
  const { verify } = loadConfig({ config: runPaths(chosen.directory).config }, overrides);
  await verifyRun({ chosen, states, verify, options, context });
}

async function verifyRun({ chosen, states, verify, options, context }: VerifyWork): Promise<void> {
  const [{ verifyStates }, { workOn }, { readOverview }, { resultTable }] = await Promise.all([
    import('../../run/experiment.ts'),
    import('../work.ts'),
    import('../../run/runs.ts'),
    import('../results.ts'),
  ]);
  const quiet = options.quiet === true || options.json === true;
  const choice = { states, verify, fresh: options.fresh === true };
  const summaries = await workOn(chosen, context, quiet, (work) => verifyStates(work, choice));
  if (options.json) return context.out(JSON.stringify(summaries, null, 2));
  if (summaries.length === 0) context.say('These states were verified before; --fresh verifies them again.');
  context.out(resultTable(readOverview(chosen.directory)));
}

interface VerifyWork {
  readonly chosen: ChosenRun;
  readonly states: readonly number[] | 'all';
  readonly verify: ChosenRun['config']['verify'];
  readonly options: VerifyOptions;
  readonly context: CliContext;
}

/** `all`, or numbers and ranges: `0,2-4` → 0 2 3 4. */
export function statesOf(text: string): readonly number[] | 'all' {
  if (text === 'all') return 'all';
  const numbers = text.split(',').flatMap((part) => {
    const range = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (!range) throw new UserError(`--states ${text}: expected all, or state numbers such as 0,2-4.`);
    const first = Number(range[1]);
    const last = Number(range[2] ?? first);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function settingsOf(options: VerifyOptions): string[] {
  const { images, timeout, memory, workers, which } = options;
  const range = images === undefined ? undefined : /^(\d+):(\d+)$/.exec(images);
  if (range === null) throw new UserError(`--images ${images}: expected start:end, e.g. 0:100.`);
  const plain = Object.entries({ timeout, memory, workers, which });
  return [
    ...(range ? [`verify.images={start: ${range[1]}, end: ${range[2]}}`] : []),
    ...plain.flatMap(([key, value]) => (value === undefined ? [] : [`verify.${key}=${value}`])),
  ];
}
