/** @file Options that say what is asked: which network, which inputs, what must not come out. */
import * as kinds from './kinds.ts';
import { ofFiles, ofImages, ofRadii, type OptionRow } from './row.ts';

const ownCheckpoints = 'a run verifies its own checkpoints; leave the run out to verify a file';
const ownImages = 'a run is asked about its own data set; certprune export gives its networks as files';
const property = 'a property states its own inputs and outputs';
const listed = { instance: property, csv: 'the properties of the list state their own inputs and outputs' };
const one = { instance: 'one instance is one question' };
const everyCheckpoint = 'name one checkpoint after the other, or compare two with certprune compare';
const anyFile = ['images', 'folder'] as const;
const file = kinds.text('<file>');

export const questionOptions = {
  when: {
    kind: kinds.oneOf('<when>', ['end', 'each_state', 'never']),
    yaml: { key: 'when', default: 'end' },
    help: 'verify all states after training, each one at once, or none',
  },
  onnx: {
    kind: file,
    forms: ['instance', 'images'],
    abcrown: ['model.onnx_path', 'general.onnx_path'],
    help: 'model, .onnx or .onnx.gz',
    instead: { run: ownCheckpoints, csv: 'the list names the models', folder: 'the folder names the models' },
  },
  vnnlib: {
    kind: file,
    forms: ['instance'],
    abcrown: ['specification.vnnlib_path', 'general.vnnlib_path'],
    help: 'property, .vnnlib or .vnnlib.gz',
  },
  csv: { kind: file, forms: ['csv'], abcrown: ['general.csv_name'], help: 'list of instances' },
  expected: {
    kind: file,
    forms: ['csv'],
    help: 'table of expected verdicts: onnx, vnnlib, result',
  },
  abcrown: { kind: file, forms: ofFiles, help: 'configuration of α,β-CROWN' },
  pth: {
    kind: file,
    forms: anyFile,
    abcrown: ['model.path'],
    help: 'PyTorch weights; a folder of checkpoints is verified one by one (see --which)',
    instead: {
      run: ownCheckpoints,
      instance: 'a property goes with --onnx; export the weights with torch.onnx.export',
      csv: 'the list names the models',
    },
  },
  load: {
    kind: file,
    forms: anyFile,
    help: 'the same as --pth, in α,β-CROWN’s word',
    instead: { run: ownCheckpoints },
  },
  model: {
    kind: kinds.text('<name>'),
    forms: anyFile,
    abcrown: ['model.name'],
    default: 'the one model that fits',
    help: 'architecture of the weights',
    instead: { run: ownCheckpoints, instance: 'an ONNX file tells its architecture' },
  },
  dataset: {
    kind: kinds.text('<name>'),
    forms: anyFile,
    abcrown: ['data.dataset'],
    help: 'data set, or path of your own: class folders, .npy, .npz, .csv, idx',
    instead: { run: ownImages },
  },
  labels: {
    kind: file,
    forms: anyFile,
    default: 'beside the images, y for x in the name',
    help: '.npy (or idx) file of labels',
    instead: { run: ownImages, ...listed },
  },
  epsilon: {
    kind: kinds.epsilon,
    forms: ofImages,
    from: 'attack',
    abcrown: ['specification.epsilon'],
    default: 'of a run: its own',
    help: 'radius in raw pixels 0..1, e.g. 2/255; or .npy file with one an image',
    instead: listed,
  },
  norm: {
    kind: kinds.norm,
    forms: ofImages,
    from: 'attack',
    abcrown: ['specification.norm'],
    default: 'inf; of a run: its own',
    help: 'what the radius is measured in: inf, 2 or 1',
    instead: listed,
  },
  mean: {
    kind: kinds.mean,
    forms: ofImages,
    abcrown: ['data.mean'],
    default: '0; of a run: its own',
    help: 'mean that the network takes off raw pixels, one or one a channel',
    instead: listed,
  },
  std: {
    kind: kinds.std,
    forms: ofImages,
    abcrown: ['data.std'],
    default: '1; of a run: its own',
    help: 'deviation that the network divides by',
    instead: listed,
  },
  start: {
    kind: kinds.whole(),
    forms: [...ofImages, 'csv'],
    yaml: { key: 'images.start', default: 0 },
    abcrown: ['data.start'],
    default: '0; of a run: its own',
    help: 'first image, or line of a list',
    instead: one,
  },
  end: {
    kind: kinds.whole(),
    forms: [...ofImages, 'csv'],
    yaml: { key: 'images.end', default: 100 },
    abcrown: ['data.end'],
    default: '100 more; of a list: all',
    help: 'image, or line, after the last one',
    instead: one,
  },
  images: {
    kind: kinds.range,
    forms: ofImages,
    help: 'the same as --start and --end',
    instead: { instance: property, csv: 'lines of a list are chosen with --start and --end' },
  },
  targets: {
    kind: kinds.targets,
    forms: ofImages,
    from: 'attack',
    abcrown: ['specification.target'],
    default: 'all',
    help: 'all, runner-up, the number of one class, or all-positive: every output above 0',
    instead: listed,
  },
  unsafe: {
    kind: file,
    forms: ofImages,
    from: 'attack',
    help: 'YAML list of inequalities such as "Y_0 - 2 Y_3 <= 0.5", instead of targets',
    instead: listed,
  },
  mode: {
    kind: kinds.depth,
    forms: ofImages,
    abcrown: ['specification.robustness_type', 'general.mode'],
    default: 'verified-acc',
    help: 'verified-acc, crown-acc (bounds without a search), pgd-acc (the attack alone) or clean-acc',
    instead: {
      instance: 'a property has no labels; --timeout limits the work',
      csv: 'properties have no labels; --timeout limits the work',
    },
  },
  radius: {
    kind: kinds.onOff,
    forms: ofRadii,
    from: 'bounds',
    help: 'instead of a verdict at --epsilon: the certified radius of each image, by bisection',
    instead: { ...listed, folder: everyCheckpoint },
  },
  radiusFrom: {
    kind: kinds.distance,
    forms: ofRadii,
    from: 'bounds',
    default: '0',
    help: 'least radius that is asked about',
    instead: { ...listed, folder: everyCheckpoint },
  },
  radiusTo: {
    kind: kinds.distance,
    forms: ofRadii,
    from: 'bounds',
    default: 'the whole range of pixels',
    help: 'largest radius that is asked about',
    instead: { ...listed, folder: everyCheckpoint },
  },
  tolerance: {
    kind: kinds.distance,
    forms: ofRadii,
    from: 'bounds',
    default: '0.001',
    help: 'how far proved and refuted radius may lie apart',
    instead: { ...listed, folder: everyCheckpoint },
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
