/** @file Options that say how much work there is, what it may take, and where its results go. */
import * as kinds from './kinds.ts';
import { everyForm, ofFiles, ofImages, ofRadii, type OptionRow } from './row.ts';

export const workOptions = {
  states: {
    kind: kinds.states,
    short: 's',
    forms: ['run'],
    default: 'all',
    help: 'of a run: all, or state numbers such as 0,2-4',
    instead: { folder: '--which chooses checkpoints by a word of their names' },
  },
  which: {
    kind: kinds.wordOf(['last', 'best']),
    forms: ['run', 'folder'],
    yaml: { key: 'which', default: 'last' },
    default: 'last',
    help: 'checkpoint of a state: last or best; of a folder: word in the names of checkpoints',
    instead: { images: 'the file says which weights are meant' },
  },
  runs: {
    kind: kinds.text('<folder>'),
    forms: ['run'],
    default: '$CERTPRUNE_RUNS or runs',
    help: 'folder of run directories',
  },
  fresh: {
    kind: kinds.onOff,
    forms: ['run', 'images', 'folder', 'csv'],
    help: 'throw earlier verdicts away: a run’s, or those kept beside --results',
    instead: { instance: 'nothing is kept of one instance' },
  },
  timeout: {
    kind: kinds.seconds,
    forms: everyForm,
    yaml: { key: 'timeout', default: 10 },
    abcrown: ['bab.override_timeout', 'bab.timeout'],
    default: '360, none = without; of a list, a run or a configuration: its own',
    help: 'seconds for one instance or image, everything included',
  },
  memory: {
    kind: kinds.bytes,
    forms: everyForm,
    yaml: { key: 'memory', default: 2 ** 30 },
    default: '4GB; of a run: its own',
    help: 'memory limit of one verifying process, of a run of the domains of a search, e.g. 4GB',
  },
  workers: {
    kind: kinds.whole(),
    forms: [...ofImages, 'csv'],
    yaml: { key: 'workers', default: 0 },
    default: 'one a core; of a list: 1',
    help: 'images, or lines of a list, side by side; 0 = one a core',
    instead: { instance: 'one question is shared out with --threads' },
  },
  threads: {
    kind: kinds.whole(1),
    forms: ofFiles,
    default: 'one a core, 1 beside other workers',
    help: 'threads that share the search of one instance',
    instead: { run: 'images of a run have one thread each; --workers says how many are side by side' },
  },
  seed: {
    kind: kinds.whole(),
    forms: everyForm,
    from: 'attack',
    abcrown: ['general.seed'],
    default: '0; of a run: its own',
    help: 'seed of the attacks',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;

export const resultOptions = {
  results: {
    kind: kinds.text('<file>'),
    forms: ofFiles,
    abcrown: ['general.results_file'],
    help: "results: VNN-COMP's for one instance, else CSV; of a folder: a folder",
    instead: { run: 'verdicts of a run are written to verify/ in its directory' },
  },
  witness: {
    kind: kinds.text('<path>'),
    forms: ofFiles,
    from: 'attack',
    help: 'counterexample as .npy (and .png); a folder for several',
    instead: { run: 'counterexamples of a run are written to verify/NN.witnesses in its directory' },
  },
  certificate: {
    kind: kinds.text('<path>'),
    forms: ofFiles,
    from: 'bounds',
    help: 'certificate of a proof, for certprune check; a folder for several',
    instead: {
      run: 'certificates of a run are written to verify/NN.certificates in its directory',
    },
  },
  charts: {
    kind: kinds.text('<folder>'),
    forms: ofRadii,
    from: 'bounds',
    help: 'with --radius: certified accuracy against the radius, and their histogram, as SVG, PNG and CSV',
  },
  quiet: { kind: kinds.onOff, short: 'q', forms: everyForm, help: 'no progress' },
  json: { kind: kinds.onOff, forms: everyForm, help: 'print the results as JSON' },
} as const satisfies Readonly<Record<string, OptionRow>>;
