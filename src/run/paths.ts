/** @file The layout of a run directory. */
import { join, resolve } from 'node:path';

/** All paths of a run directory, absolute. */
export type RunPaths = ReturnType<typeof runPaths>;
/** Files of one state, absolute. */
export type StateFiles = ReturnType<RunPaths['state']>;
/** Files of one state's verification, absolute. */
export type VerifyFiles = ReturnType<RunPaths['verify']>;

/** Two digits at least: `00`, `07`, `123`. */
export function stateNumber(state: number): string {
  return String(state).padStart(2, '0');
}

/** The layout below `directory`; nothing is touched. */
export function runPaths(directory: string) {
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
    state(state: number) {
      const folder = at('states', stateNumber(state));
      const file = (name: string): string => join(folder, name);
      return {
        folder,
        /** One-shot runs: the dense initialisation before pruning. */
        dense: file('dense.safetensors'),
        /** What training begins with: rewound parameters and the state's masks. */
        init: file('init.safetensors'),
        /** State 0 of `rewind_lt` runs: the early weights later states go back to. */
        rewind: file('rewind.safetensors'),
        /** The epoch that did best on the validation split. */
        best: file('best.safetensors'),
        /** The newest epoch, with optimiser, generator and position. */
        last: file('last.safetensors'),
        /** Within an epoch: the newest step that was kept; gone once the epoch is over. */
        part: file('part.safetensors'),
        meta: file('meta.json'),
        /** Measures of the trained state's neurons. */
        neurons: file('neurons.json'),
      };
    },
    /** @param question name of another question than the run's own: its files are its own too */
    verify(state: number, question = '') {
      const stem = `${stateNumber(state)}${question === '' ? '' : `-${question}`}`;
      const file = (ending: string): string => at('verify', `${stem}${ending}`);
      return {
        csv: file('.csv'),
        json: file('.json'),
        /** Verdicts so far, one JSON object a line; gone once csv and json stand. */
        partial: file('.partial.jsonl'),
        /** Folder of counterexamples. */
        witnesses: file('.witnesses'),
        /** Folder of the certificates of checked proofs, by image, with the state's model beside them. */
        certificates: file('.certificates'),
      };
    },
  };
}
