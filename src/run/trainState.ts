/** @file One state of a run: its mask and first weights, its training, its accuracies. */
import { mkdirSync } from 'node:fs';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { fileChecksums } from './damage.ts';
import type { PlannedState } from './plan.ts';
import type { LayerRemaining, PruneRecord, StateMeta } from './records.ts';
import { readMeta, writeMeta } from './runDirectory.ts';
import { timeOf, type Session } from './session.ts';
import type { TrainTask } from './stages.ts';

/** How far a state has come; what is on disk decides. */
export type StateProgressWord = 'absent' | 'prepared' | 'finished';

/** Reads how far a state has come. */
export function stateProgress(session: Session, state: number): StateProgressWord {
  const meta = readMeta(session.run.paths, state);
  return meta === undefined ? 'absent' : meta.finished ? 'finished' : 'prepared';
}

/**
 * Makes `states/NN/init.safetensors`: fresh weights for a dense state, pruned and rewound ones otherwise.
 * Interrupted, it is done again from the start and writes the same files; `meta.json` comes last and commits it.
 */
export async function prepareState(
  session: Session,
  planned: PlannedState,
  states: number,
): Promise<StateMeta> {
  const { run, stages, signal, progress } = session;
  const { state, prune } = planned;
  const files = run.paths.state(state);
  mkdirSync(files.folder, { recursive: true });
  let layers: readonly LayerRemaining[] = [];
  let remainRatio = 1;
  let size: StateMeta['size'];
  signal.throwIfAborted();
  if (state === 0) {
    progress({ type: 'phase', phase: 'prepare', state, states });
    const path = prune ? files.dense : files.init;
    ({ layers, remainRatio = 1 } = await stages.train.initialise(taskOf(session, state, states), path, {
      signal,
      progress,
    }));
    signal.throwIfAborted();
  }
  if (prune) {
    progress({ type: 'phase', phase: 'prune', state, states });
    const task = { config: run.config, state, states, ...prune, to: files.init };
    const report = await stages.prune.prune(task, { signal, progress });
    signal.throwIfAborted();
    const record: PruneRecord = { type: 'prune', time: timeOf(session), state, ...report };
    run.events.append(record);
    progress({ type: 'prune', record });
    ({ layers, remainRatio, size } = report);
  }
  const meta: StateMeta = {
    state,
    remainRatio,
    layers,
    finished: false,
    trainSeconds: 0,
    ...(size && { size }),
    files: fileChecksums(files),
  };
  writeMeta(run.paths, meta);
  return meta;
}

/** Trains a prepared state to its end, from its newest checkpoint on, and evaluates it. */
export async function trainState(session: Session, state: number, states: number): Promise<StateMeta> {
  const { run, stages, signal, progress } = session;
  const prepared = readMeta(run.paths, state);
  if (!prepared) throw new Error(`state ${state} is not prepared`);
  const task = taskOf(session, state, states);
  signal.throwIfAborted();
  progress({ type: 'phase', phase: 'train', state, states });
  const outcome = await stages.train.train(task, {
    signal,
    progress,
    async epochDone(report) {
      const record = { type: 'epoch', time: timeOf(session), ...report } as const;
      run.events.append(record);
      progress({ type: 'epoch', states, record });
    },
  });
  signal.throwIfAborted();
  progress({ type: 'phase', phase: 'evaluate', state, states });
  const accuracies = await stages.train.evaluate(task, { signal, progress });
  signal.throwIfAborted();
  const neurons = await stages.train.measure?.(task, { signal, progress });
  signal.throwIfAborted();
  if (neurons) writeFileAtomic(task.files.neurons, `${JSON.stringify(neurons)}\n`);
  const meta: StateMeta = {
    ...prepared,
    ...accuracies,
    ...outcome,
    finished: true,
    files: fileChecksums(task.files),
  };
  writeMeta(run.paths, meta);
  progress({ type: 'state', states, meta });
  return meta;
}

function taskOf(session: Session, state: number, states: number): TrainTask {
  const { config, paths } = session.run;
  return { config, state, states, files: paths.state(state) };
}
