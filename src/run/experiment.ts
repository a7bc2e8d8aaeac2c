/** @file The lottery-ticket experiment: train, evaluate, prune, rewind, again; then verify every state. */
import { existsSync } from 'node:fs';
import { shellWord } from '../formats/shellWord.ts';
import { UserError } from '../formats/userError.ts';
import { differing, nameOf, type Asked } from './asked.ts';
import { dottedKeys } from './config/dottedKeys.ts';
import type { RunConfig } from './config/schema.ts';
import { damageText, discard, runDamage } from './damage.ts';
import { describeEnvironment } from './environment.ts';
import { runPaths, type VerifyFiles } from './paths.ts';
import { planStates } from './plan.ts';
import type { ProgressListener } from './progress.ts';
import type { StateMeta, VerifySummary } from './records.ts';
import { openRun } from './runDirectory.ts';
import type { Session } from './session.ts';
import type { Stages } from './stages.ts';
import { prepareState, stateProgress, trainState } from './trainState.ts';
import { isVerified, readSummary, removeVerdicts } from './verdictFiles.ts';
import { verdictSettings, verifyState } from './verifyState.ts';

/** What an experiment works with. */
export interface ExperimentOptions {
  /** The run directory, made where it is missing. */
  readonly directory: string;
  readonly config: RunConfig;
  readonly stages: Stages;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
  /** Milliseconds since 1970; durations are then measured by it too, which are otherwise by the steady clock. */
  readonly now?: () => number;
  /** The command line, kept in `environment.json`. */
  readonly command?: string;
  /** One of many planned parts of the run, not the continuation of an interrupted one. */
  readonly part?: boolean;
  /** Called once the run is open and nothing has refused it. */
  readonly begun?: () => void;
}

/**
 * Opens the run, does `work` on it, and gives the run back whatever happens.
 * @throws UserError as `openRun`, or where the dataset is missing (before anything is written)
 */
export async function withRun<T>(
  options: ExperimentOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { directory, config, stages, signal, progress, command, part, begun, now = Date.now } = options;
  const description = await stages.describe(config);
  signal.throwIfAborted();
  const start = { started: new Date(now()).toISOString(), ...(command !== undefined && { command }) };
  const run = openRun(directory, config, describeEnvironment(config, description, start), now, part);
  try {
    begun?.();
    if (run.abandoned && run.resumed && part !== true)
      process.stderr.write(
        `${run.paths.root} was left without a word by process ${run.abandoned.pid}: killed (as the\n` +
          'system does where memory runs out), a crash in native code, or a power cut.\nIt goes on from what was kept.\n',
      );
    return await work({
      run,
      stages,
      signal,
      progress,
      now,
      steady: options.now ?? (() => performance.now()),
    });
  } finally {
    run.close();
  }
}

/**
 * The whole experiment. Called again on the same directory after an interruption at any point, it goes on
 * where the files on disk say and ends with the same checkpoints, masks, metrics and verdicts.
 */
export async function runExperiment(options: ExperimentOptions): Promise<void> {
  await withRun(options, async (session) => {
    const { config, paths } = session.run;
    const plan = planStates(config, paths);
    redoDamaged(session);
    checkResumeState(session, config);
    for (const planned of plan) {
      if (stateProgress(session, planned.state) === 'absent')
        await prepareState(session, planned, plan.length);
      if (stateProgress(session, planned.state) === 'prepared')
        await trainState(session, planned.state, plan.length);
      if (config.verify.when === 'each_state') await verifyState(session, planned.state, plan.length);
    }
    if (config.verify.when === 'end') {
      for (const { state } of plan) await verifyState(session, state, plan.length);
    }
  });
}

/**
 * Trains the first state that is not finished: a new run's dense one, or the one that `pruneNext` prepared.
 * @throws UserError where the next state has no mask yet, or all states are trained
 */
export async function trainNext(options: ExperimentOptions): Promise<StateMeta> {
  return withRun(options, async (session) => {
    const plan = planStates(session.run.config, session.run.paths);
    const next = plan.find(({ state }) => stateProgress(session, state) !== 'finished');
    if (!next) throw allTrained(session, plan.length);
    if (stateProgress(session, next.state) === 'absent') {
      if (next.state > 0) {
        throw new UserError(
          `State ${next.state} of ${session.run.paths.root} has no mask yet. Make it with: certprune prune ${shellWord(session.run.paths.root)}`,
        );
      }
      await prepareState(session, next, plan.length);
    }
    return trainState(session, next.state, plan.length);
  });
}

/**
 * Prunes the newest trained state and makes the first weights of the next one.
 * @throws UserError where that state is not trained to its end, or the run's last state is reached
 */
export async function pruneNext(options: ExperimentOptions): Promise<StateMeta> {
  return withRun(options, async (session) => {
    const plan = planStates(session.run.config, session.run.paths);
    const next = plan.find(({ state }) => stateProgress(session, state) !== 'finished');
    if (!next) throw allTrained(session, plan.length);
    if (next.state === 0 || stateProgress(session, next.state) === 'prepared') {
      throw new UserError(
        `State ${next.state} of ${session.run.paths.root} is not trained to its end. Train it with: certprune train ${shellWord(session.run.paths.root)}`,
      );
    }
    return prepareState(session, next, plan.length);
  });
}

/** Which states to verify, and whether earlier verdicts are thrown away. */
export interface VerifyChoice {
  /** State numbers, or all trained ones. */
  readonly states: readonly number[] | 'all';
  /** The run's `verify` settings, or others. */
  readonly verify: RunConfig['verify'];
  readonly fresh: boolean;
  /** Another question than the run's own. */
  readonly asked?: Asked;
  /** Of the attacks, instead of the run's. */
  readonly seed?: number;
  /** Settings were named: states verified under others are refused instead of being passed over. */
  readonly named?: boolean;
}

/**
 * Verifies trained states.
 * @returns the summaries of the states verified now; those verified before are left out
 * @throws UserError where a named state is not trained, or none is, or one was verified under other settings
 */
export async function verifyStates(
  options: ExperimentOptions,
  choice: VerifyChoice,
): Promise<VerifySummary[]> {
  return withRun(options, async (session) => {
    const { config, paths } = session.run;
    const plan = planStates(config, paths);
    const trained = plan
      .map(({ state }) => state)
      .filter((state) => stateProgress(session, state) === 'finished');
    const wanted = choice.states === 'all' ? trained : choice.states;
    const missing = wanted.filter((state) => !trained.includes(state));
    if (wanted.length === 0 || missing.length > 0) {
      const list =
        trained.length > 0 ? `Trained states: ${trained.join(', ')}.` : 'No state is trained to its end yet.';
      throw new UserError(
        `${paths.root}: ${missing.length > 0 ? `state ${missing.join(', ')} cannot be verified. ` : ''}${list}`,
      );
    }
    const summaries: VerifySummary[] = [];
    const asked = differing(choice.asked ?? {}, config);
    const filesOf = (state: number): VerifyFiles => paths.verify(state, nameOf(asked));
    const chosen = { ...config, verify: choice.verify, seed: choice.seed ?? config.seed };
    if (choice.named === true && !choice.fresh)
      for (const state of wanted) requireSettings(filesOf(state), state, verdictSettings(chosen, asked));
    for (const state of wanted) {
      if (choice.fresh) removeVerdicts(filesOf(state));
      const summary = await verifyState(session, state, plan.length, chosen, asked);
      if (summary) summaries.push(summary);
    }
    return summaries;
  });
}

/** @throws UserError where the state was verified under settings that differ from those asked for */
function requireSettings(files: VerifyFiles, state: number, settings: string): void {
  if (!isVerified(files)) return;
  const summary = readSummary(files);
  if (summary.settings === settings) return;
  const now = flat(settings);
  const before = summary.settings === undefined ? earlier(summary) : flat(summary.settings);
  const different = [...before].filter(([key, value]) => now.get(key) !== value);
  if (different.length === 0 && summary.settings === undefined) return;
  const list = different.map(([key, value]) => `${key} ${value}, now ${now.get(key) ?? 'unset'}`);
  throw new UserError(
    `State ${state} was verified under other settings (${list.join('; ') || 'of another version'}). ` +
      '--fresh throws those verdicts away and verifies it again.',
  );
}

/** What summaries of earlier versions say of their settings. */
const earlier = ({ which, timeoutSeconds }: VerifySummary): Map<string, string> =>
  new Map([
    ['which', which],
    ['timeout', String(timeoutSeconds)],
  ]);

const flat = (settings: string): Map<string, string> =>
  new Map(
    Object.entries(dottedKeys(JSON.parse(settings) as Readonly<Record<string, unknown>>)).map(
      ([key, value]) => [key, String(value)],
    ),
  );

/** Whether every state is trained, and verified if the configuration asks for it. */
export function isComplete(directory: string, config: RunConfig, metas: readonly StateMeta[]): boolean {
  const paths = runPaths(directory);
  return planStates(config, paths).every(
    ({ state }) =>
      metas.some((meta) => meta.state === state && meta.finished) &&
      (config.verify.when === 'never' || existsSync(paths.verify(state).json)),
  );
}

/** Parts of the run that are not as they were written are taken away, and so done again. */
function redoDamaged({ run, now }: Session): void {
  for (const damage of runDamage(run.paths, run.config)) {
    const message = damageText(damage);
    process.stderr.write(`${message[0].toUpperCase()}${message.slice(1)}.\n`);
    run.events.append({ type: 'note', time: new Date(now()).toISOString(), message, state: damage.state });
    discard(run.paths, damage);
  }
}

function checkResumeState(session: Session, config: RunConfig): void {
  for (let state = 0; state <= (config.resumeState ?? -1); state++) {
    if (stateProgress(session, state) === 'finished') continue;
    throw new UserError(
      `resume_state ${config.resumeState}: state ${state} of ${session.run.paths.root} is not trained to its end.`,
    );
  }
}

function allTrained(session: Session, states: number): UserError {
  return new UserError(
    `All ${states} states of ${session.run.paths.root} are trained. For more states raise prune_times: ` +
      `certprune run ${shellWord(session.run.paths.root)} --resume prune_times=${states + 1}`,
  );
}
