/** @file The one table of `certprune verify`'s options: which forms take an option, how its text is read, its default. */
import type { Depth } from '../../verify/files/answer.ts';
import type { VerifyOptions } from './options.ts';
import * as read from './optionValues.ts';

/** The questions that the command answers. `--abcrown` asks one of the last four. */
export const forms = ['run', 'instance', 'images', 'folder', 'csv'] as const;
export type Form = (typeof forms)[number];

/** One option. */
export interface OptionRow<T> {
  /** The placeholder of its value, e.g. `<file>`; absent: a switch. */
  readonly value?: string;
  readonly short?: string;
  /** Forms that take it; given to another it is an error. */
  readonly forms: readonly Form[];
  /** How far a question must go for it to change anything: beyond the class (`bounds`), or to the search. */
  readonly from?: Exclude<Depth, 'clean'>;
  /** Text → value. @throws UserError naming the option */
  readonly parse?: (text: string, option: string) => T | Promise<T>;
  /** Without it. */
  readonly default?: string;
  readonly help: string;
  /** What to do instead where it is not taken, by form. */
  readonly instead?: Partial<Record<Form, string>>;
}

type Table = { readonly [K in keyof VerifyOptions]-?: OptionRow<NonNullable<VerifyOptions[K]>> };

const every = forms;
const files: readonly Form[] = ['instance', 'images', 'folder', 'csv'];
const images: readonly Form[] = ['run', 'images', 'folder'];
const anyFile: readonly Form[] = ['images', 'folder'];

const ownCheckpoints = 'a run verifies its own checkpoints; leave the run out to verify a file';
const ownImages = 'a run is asked about its own data set; certprune export gives its networks as files';
const property = 'a property states its own inputs and outputs';
const listed = { instance: property, csv: 'the properties of the list state their own inputs and outputs' };

/** Every option, in the order of the help. */
export const optionTable: Table = {
  onnx: {
    value: '<file>',
    forms: ['instance', 'images'],
    help: 'model, .onnx or .onnx.gz',
    instead: {
      run: ownCheckpoints,
      csv: 'the list names the models',
      folder: 'the folder names the models',
    },
  },
  vnnlib: {
    value: '<file>',
    forms: ['instance'],
    help: 'property, .vnnlib or .vnnlib.gz',
  },
  csv: { value: '<file>', forms: ['csv'], help: 'list of instances' },
  expected: {
    value: '<file>',
    forms: ['csv'],
    help: 'table of expected verdicts: onnx, vnnlib, result',
  },
  abcrown: { value: '<file>', forms: files, help: 'configuration of α,β-CROWN' },
  pth: {
    value: '<file>',
    forms: anyFile,
    help: 'PyTorch weights; a folder of checkpoints is verified one by one (see --which)',
    instead: {
      run: ownCheckpoints,
      instance: 'a property goes with --onnx; export the weights with torch.onnx.export',
      csv: 'the list names the models',
    },
  },
  load: {
    value: '<file>',
    forms: anyFile,
    help: 'the same as --pth, in α,β-CROWN’s word',
    instead: { run: ownCheckpoints },
  },
  model: {
    value: '<name>',
    forms: anyFile,
    default: 'the one model that fits',
    help: 'architecture of the weights',
    instead: { run: ownCheckpoints, instance: 'an ONNX file tells its architecture' },
  },
  dataset: {
    value: '<name>',
    forms: anyFile,
    help: 'data set, or .npy file of images with pixels 0..1 or bytes',
    instead: { run: ownImages },
  },
  labels: {
    value: '<file>',
    forms: anyFile,
    default: 'beside the images, y for x in the name',
    help: '.npy file of labels',
    instead: { run: ownImages, ...listed },
  },
  epsilon: {
    value: '<radius>',
    forms: images,
    from: 'bounds',
    parse: read.epsilon,
    default: 'of a run: its own',
    help: 'radius in raw pixels 0..1, e.g. 2/255; or .npy file with one an image',
    instead: listed,
  },
  norm: {
    value: '<p>',
    forms: images,
    from: 'bounds',
    parse: read.norm,
    default: 'inf; of a run: its own',
    help: 'what the radius is measured in: inf, 2 or 1',
    instead: listed,
  },
  mean: {
    value: '<list>',
    forms: images,
    parse: read.mean,
    default: '0; of a run: its own',
    help: 'mean that the network takes off raw pixels, one or one a channel',
    instead: listed,
  },
  std: {
    value: '<list>',
    forms: images,
    parse: read.std,
    default: '1; of a run: its own',
    help: 'deviation that the network divides by',
    instead: listed,
  },
  start: {
    value: '<n>',
    forms: [...images, 'csv'],
    parse: read.whole,
    default: '0; of a run: its own',
    help: 'first image, or line of a list',
    instead: { instance: 'one instance is one question' },
  },
  end: {
    value: '<n>',
    forms: [...images, 'csv'],
    parse: read.whole,
    default: '100 more; of a list: all',
    help: 'image, or line, after the last one',
    instead: { instance: 'one instance is one question' },
  },
  images: {
    value: '<start:end>',
    forms: images,
    parse: read.range,
    help: 'the same as --start and --end',
    instead: { instance: property, csv: 'lines of a list are chosen with --start and --end' },
  },
  targets: {
    value: '<classes>',
    forms: images,
    from: 'bounds',
    parse: read.targets,
    default: 'all',
    help: 'all, runner-up, the number of one class, or all-positive: every output above 0',
    instead: listed,
  },
  unsafe: {
    value: '<file>',
    forms: images,
    from: 'bounds',
    help: 'YAML list of inequalities such as "Y_0 - 2 Y_3 <= 0.5", instead of targets',
    instead: listed,
  },
  mode: {
    value: '<mode>',
    forms: images,
    parse: read.depth,
    default: 'verified-acc',
    help: 'verified-acc, crown-acc (bounds without a search) or clean-acc',
    instead: {
      instance: 'a property has no labels; --timeout limits the work',
      csv: 'properties have no labels; --timeout limits the work',
    },
  },
  method: {
    value: '<method>',
    forms: every,
    from: 'complete',
    parse: read.method,
    default: 'bab',
    help: 'for what bounds leave open: bab, bab-refine or mip',
  },
  branching: {
    value: '<name>',
    forms: every,
    from: 'complete',
    parse: read.branching,
    default: 'intercept',
    help: 'which ReLU is split next: intercept, babsr, fsb or kfsb',
  },
  relaxation: {
    value: '<name>',
    forms: every,
    from: 'bounds',
    parse: read.relaxation,
    default: 'adaptive',
    help: 'lower line of a ReLU: adaptive, same-slope, zero-lb or one-lb',
  },
  intermediate: {
    value: '<n>',
    forms: every,
    from: 'bounds',
    parse: read.whole,
    default: '20',
    help: 'α iterations on intermediate bounds, 0 = fixed at CROWN’s',
  },
  shareAlpha: {
    forms: every,
    from: 'bounds',
    help: 'one α for the neurons of a layer bounded together: less memory, looser bounds',
  },
  states: {
    value: '<list>',
    short: 's',
    forms: ['run'],
    parse: read.states,
    default: 'all',
    help: 'of a run: all, or state numbers such as 0,2-4',
    instead: { folder: '--which chooses checkpoints by a word of their names' },
  },
  which: {
    value: '<word>',
    forms: ['run', 'folder'],
    default: 'last',
    help: 'of a run: last or best; of a folder: word in the names of checkpoints',
    instead: { images: 'the file says which weights are meant' },
  },
  runs: {
    value: '<folder>',
    forms: ['run'],
    default: '$CERTPRUNE_RUNS or runs',
    help: 'folder of run directories',
  },
  fresh: {
    forms: ['run', 'folder', 'csv'],
    help: 'throw earlier verdicts away: a run’s, or those kept beside --results',
    instead: {
      instance: 'nothing is kept of one instance',
      images: 'nothing is kept: the work is always new',
    },
  },
  timeout: {
    value: '<seconds>',
    forms: every,
    parse: read.seconds,
    default: '360; of a list, a run or a configuration: its own',
    help: 'time limit of one instance or image, everything included; none = without',
  },
  memory: {
    value: '<size>',
    forms: every,
    parse: read.memory,
    default: '4GB; of a run: its own',
    help: 'memory limit of one verifying process, e.g. 4GB',
  },
  workers: {
    value: '<n>',
    forms: images,
    parse: read.whole,
    default: 'one a core',
    help: 'images side by side, 0 = one a core',
    instead: {
      instance: 'one question is shared out with --threads',
      csv: 'instances come one after the other; each is shared out with --threads',
    },
  },
  threads: {
    value: '<n>',
    forms: files,
    parse: read.threads,
    default: 'one a core, 1 beside other workers',
    help: 'threads that share the search of one instance',
    instead: { run: 'images of a run have one thread each; --workers says how many are side by side' },
  },
  seed: {
    value: '<n>',
    forms: every,
    from: 'bounds',
    parse: read.whole,
    default: '0; of a run: its own',
    help: 'seed of the attacks',
  },
  results: {
    value: '<file>',
    forms: files,
    help: "results: VNN-COMP's for one instance, else CSV; of a folder: a folder",
    instead: { run: 'verdicts of a run are written to verify/ in its directory' },
  },
  witness: {
    value: '<path>',
    forms: files,
    from: 'bounds',
    help: 'counterexample as .npy (and .png); a folder for several',
    instead: { run: 'counterexamples of a run are written to verify/NN.witnesses in its directory' },
  },
  quiet: { short: 'q', forms: every, help: 'no progress' },
  json: { forms: every, help: 'print the results as JSON' },
};

export type OptionName = keyof typeof optionTable;

/** The names in the order of the help. */
export const optionNames = Object.keys(optionTable) as readonly OptionName[];

/** `shareAlpha` → `--share-alpha`. */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The option as commander takes it: `-s, --states <list>`. */
export function commanderFlags(name: OptionName): string {
  const { short, value } = optionTable[name];
  return `${short === undefined ? '' : `-${short}, `}${flagOf(name)}${value === undefined ? '' : ` ${value}`}`;
}

/** The help's sentence with the default. */
export function commanderHelp(name: OptionName): string {
  const { help, default: without } = optionTable[name];
  return without === undefined ? help : `${help} (default: ${without})`;
}
