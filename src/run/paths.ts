/** @file The layout of a run directory. */
import { join, resolve } from 'node:path';

/** Files of one state, absolute. */
export interface StateFiles {
  readonly folder: string;
  /** One-shot runs: the dense initialisation before pruning. */
  readonly dense: string;
  /** What training begins with: rewound parameters and the state's masks. */
  readonly init: string;
  /** State 0 of `rewind_lt` runs: the early weights later states go back to. */
  readonly rewind: string;
  /** The epoch that did best on the validation split. */
  readonly best: string;
  /** The newest epoch, with optimiser, generator and position. */
  readonly last: string;
  readonly meta: string;
  /** Measures of the trained state's neurons. */
  readonly neurons: string;
}

/** Files of one state's verification, absolute. */
export interface VerifyFiles {
  readonly csv: string;
  readonly json: string;
  /** Verdicts so far, one JSON object a line; gone once csv and json stand. */
  readonly partial: string;
  /** Folder of counterexamples. */
  readonly witnesses: string;
}

/** All paths of a run directory, absolute. */
export interface RunPaths {
  readonly root: string;
  readonly config: string;
  readonly environment: string;
  readonly events: string;
  readonly lock: string;
  readonly states: string;
  readonly verification: string;
  readonly report: string;
  state(state: number): StateFiles;
  /** @param question name of another question than the run's own: its files are its own too */
  verify(state: number, question?: string): VerifyFiles;
}

/** Two digits at least: `00`, `07`, `123`. */
export function stateNumber(state: number): string {
  return String(state).padStart(2, '0');
}

/** The layout below `directory`; nothing is touched. */
export function runPaths(directory: string): RunPaths {
  const root = resolve(directory);
  const at = (...parts: string[]): string => join(root, ...parts);
  return {
    root,
    config: at('config.yaml'),
    environment: at('environment.json'),
    events: at('events.jsonl'),
    lock: at('run.lock'),
    states: at('states'),
    verification: at('verify'),
    report: at('report'),
    state(state) {
      const folder = at('states', stateNumber(state));
      const file = (name: string): string => join(folder, name);
      return {
        folder,
        dense: file('dense.safetensors'),
        init: file('init.safetensors'),
        rewind: file('rewind.safetensors'),
        best: file('best.safetensors'),
        last: file('last.safetensors'),
        meta: file('meta.json'),
        neurons: file('neurons.json'),
      };
    },
    verify(state, question = '') {
      const stem = `${stateNumber(state)}${question === '' ? '' : `-${question}`}`;
      const file = (ending: string): string => at('verify', `${stem}${ending}`);
      return {
        csv: file('.csv'),
        json: file('.json'),
        partial: file('.partial.jsonl'),
        witnesses: file('.witnesses'),
      };
    },
  };
}
