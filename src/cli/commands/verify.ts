/** @file `certprune verify`: complete verification of trained states. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import type { ChosenRun } from '../configOptions.ts';
import type { CliContext } from '../context.ts';

interface VerifyOptions {
  readonly states: string;
  readonly images?: string;
  readonly timeout?: string;
  readonly memory?: string;
  readonly workers?: string;
  readonly which?: string;
  readonly runs?: string;
  readonly fresh?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/** Adds `verify`. */
export function addVerifyCommand(program: Command, context: CliContext): void {
  program
    .command('verify')
    .description('Verify trained states of a run image by image: attack, bounds, branch and bound.')
    .argument('<run>', 'run directory, or name of a run')
    .argument('[overrides...]', 'verify.key=value overrides, e.g. verify.pgd.restarts=10')
    .option('-s, --states <list>', 'all, or state numbers such as 0,2-4', 'all')
    .option('--images <start:end>', 'test images start … end−1')
    .option('--timeout <seconds>', 'seconds per image')
    .option('--memory <size>', 'memory limit per image, e.g. 2GB')
    .option('--workers <n>', 'images side by side, 0 = one per core')
    .option('--which <checkpoint>', 'last or best')
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)')
    .option('--fresh', 'throw earlier verdicts away')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the summaries as JSON')
    .addHelpText(
      'after',
      `
Settings that are not given are those of the run's configuration. An interrupted verification goes on with the
images that have no verdict yet; states verified to the end are left alone unless --fresh is given.

Examples:
  certprune verify runs/mine
  certprune verify mine --states 0,4 --timeout 60 --fresh
  certprune verify mine --images 0:1000 --which best --fresh --json`,
    )
    .action(async (run: string, words: string[], options: VerifyOptions) => {
      const [{ chooseRun }, { loadConfig }, { runPaths }] = await Promise.all([
        import('../configOptions.ts'),
        import('../../run/config/presets.ts'),
        import('../../run/paths.ts'),
      ]);
      const chosen = await chooseRun([run], options.runs === undefined ? {} : { runs: options.runs });
      const states = statesOf(options.states);
      const overrides = [...words, ...settingsOf(options)];
      const stray = overrides.find((override) => !override.startsWith('verify.'));
      if (stray !== undefined) {
        throw new UserError(
          `${stray}: only verify.key=value can be overridden here; the rest of the run stands.`,
        );
      }
      const { verify } = loadConfig({ config: runPaths(chosen.directory).config }, overrides);
      await verifyRun({ chosen, states, verify, options, context });
    });
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
