/** @file PyTorch weights → network with its numbers: a named architecture, the one that fits, or a chain read off. */
import { cifar10 } from '../../data/cifar10.ts';
import type { Normalization } from '../../data/normalization.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { namingFile } from '../../formats/readFile.ts';
import { UserError } from '../../formats/userError.ts';
import type { Shape } from '../../tensor/index.ts';
import type { NumberedNetwork } from '../foldBatchNorm.ts';
import { withNormalization, withoutNormalization } from '../firstNormalization.ts';
import { isNormalize, type NormalizeLayer } from '../layers/normalize.ts';
import { matchStateDict, numbersOf, type MatchedBy, type MatchedTensor } from '../loadStateDict.ts';
import type { Network } from '../network.ts';
import { networkOfArchitecture } from '../notation/architecture.ts';
import { architectureFileOf, readArchitectureFile } from '../notation/architectureFile.ts';
import { models } from '../zoo/models.ts';
import { spelledChain } from './spelledChain.ts';
import { inferChain, type ChainChoices } from './torchChain.ts';
import { choicesFor, fitsOf, fitWords, usualInputShape } from './torchFits.ts';
import { readTensorFile, type TensorFile } from './tensorFile.ts';
import { splitNormalization } from './torchNormalization.ts';

export interface TorchChoices extends ChainChoices {
  /**
   * An architecture of the zoo, a file or folder that holds one, or `sequential-relu:s2p1,…` for a chain with ReLU
   * between its layers; without it the one that the file carries, or the one of the zoo that alone fits.
   */
  readonly model?: string;
  /** First layer, where the weights expect normalised pixels; `none`: whatever model or file say. */
  readonly normalization?: Normalization | 'none';
}

/** A network of a PyTorch file, and what was read off or assumed. */
export interface TorchNetwork extends NumberedNetwork {
  /** Sentences for the user: the architecture where it was not named, how tensors were matched, the normalisation. */
  readonly notes: readonly string[];
  /** The architecture was neither named nor in the file, but told by names and shapes of the tensors. */
  readonly inferred: boolean;
  /** Which tensor of the file each parameter is. */
  readonly matched: readonly MatchedTensor[];
}

type Tensors = ReadonlyMap<string, NdArray>;

function requireFinite(tensors: Tensors): void {
  for (const [name, { data }] of tensors) {
    if (data instanceof BigInt64Array) continue;
    const bad = data.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0)
      throw new UserError(
        `Tensor '${name}' holds ${data[bad]} (element ${bad}); weights must be finite numbers.`,
      );
  }
}

/** Architecture with what is to be said of it. */
interface Chosen {
  readonly network: Network;
  readonly notes: readonly string[];
}

interface Question {
  readonly tensors: Tensors;
  readonly choices: TorchChoices;
  readonly inputShape: Shape;
  /** The layers that the file carries. */
  readonly carried: Network | undefined;
  /** First layer of the architecture that is taken. */
  readonly normalizationFor: (name: string | undefined) => Normalization | undefined;
}

/** An architecture under its name. */
function architecture(name: string, { tensors, inputShape, normalizationFor }: Question): Network {
  return models.named(name).build(choicesFor(tensors, inputShape, normalizationFor(name)));
}

/** The first of the networks that a name can mean which the tensors fit. */
function namedNetwork(name: string, question: Question): Chosen {
  const { tensors, inputShape } = question;
  const { otherMeaning } = models.named(name);
  const names = [name, ...(otherMeaning === undefined ? [] : [otherMeaning])];
  let fault: unknown;
  for (const candidate of names) {
    const network = architecture(candidate, question);
    try {
      const { by } = matchStateDict(network, tensors);
      if (by !== 'names') requireNoNamesake(name, tensors, inputShape);
      return {
        network,
        notes: [
          ...(candidate === name ? [] : [`taken as ${candidate}, which the tensors fit and ${name} not`]),
          ...matchNotes(by, candidate),
        ],
      };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      fault ??= error;
    }
  }
  const fits = fitWords(fitsOf(tensors, inputShape));
  throw fits === '' ? fault : new UserError(`${(fault as Error).message}${fits}`);
}

/** Tensors that carry the very names of another model are that model's. */
function requireNoNamesake(name: string, tensors: Tensors, inputShape: Shape): void {
  const [fit] = fitsOf(tensors, inputShape);
  if (fit?.by === 'names')
    throw new UserError(`The shapes are those of ${name}, but the names those of ${fit.names.join(', ')}.`);
}

const matchNotes = (by: MatchedBy, name: string): string[] =>
  by === 'names'
    ? []
    : [
        `the names are not those of ${name}: its layers were matched by ${
          by === 'numbers' ? 'the numbers of the modules' : 'the order of the modules in the file'
        }`,
      ];

/** The model of the zoo that alone fits. @throws UserError where several do, or none and nothing can be read off */
function fittingNetwork(question: Question): Chosen {
  const { tensors, choices, inputShape, normalizationFor } = question;
  if (choices.convolutions === undefined) {
    const fits = fitsOf(tensors, inputShape).filter(({ by }) => by !== 'order');
    if (fits.length > 1)
      throw new UserError(
        'The tensors fit models that compute different functions: ' +
          `${fits.map(({ names }) => names.join(' = ')).join('; ')}. Say which with --model.`,
      );
    if (fits.length === 1) {
      const [{ names, by }] = fits;
      const [first, ...others] = names;
      const also =
        others.length === 0 ? '' : ` (${others.join(', ')} ${others.length === 1 ? 'is' : 'are'} the same)`;
      return {
        network: architecture(first, question),
        notes: [
          `taken as ${first}${also}: the only model of the zoo whose ${by === 'names' ? 'names' : 'order'} and shapes ` +
            'these are; --model says otherwise',
          ...matchNotes(by, first),
        ],
      };
    }
  }
  const { network, words } = inferChain(tensors, { ...choices, inputShape }, normalizationFor(undefined));
  if (choices.convolutions === undefined) requireLegible(question);
  return {
    network,
    notes: [
      `read off: ${words}`,
      'assumed, since weights do not tell: ReLU between the layers, and the strides and paddings customary for the ' +
        'kernels; --model says otherwise',
    ],
  };
}

/**
 * A numbered Sequential with batch norms behind its convolutions leaves one place for each activation, which is a ReLU in
 * the networks that this is for. Of layers alone neither activation nor window can be known.
 */
function requireLegible({ tensors, inputShape }: Question): void {
  const numbered = [...tensors.keys()].every((key) => /(^|\.)\d+\.\w+$/.test(key));
  const normed = [...tensors.keys()].some((key) => key.endsWith('running_mean'));
  if (numbered && normed) return;
  throw new UserError(
    'Activations, strides and paddings cannot be read off these tensors, and they carry the names and shapes of no model ' +
      `of the zoo.${fitWords(fitsOf(tensors, inputShape))} Name the architecture with --model NAME; or, if it is a chain ` +
      `with ReLU between its layers, say so: --model ${spelledChain.example(tensors)}; or export the model as ONNX.`,
  );
}

/** The layers that a file of weights carries, or another file holds; they may say their normalisation themselves. */
function statedNetwork(network: Network, { tensors, choices, normalizationFor }: Question): Chosen {
  const asked = choices.normalization;
  const bare = asked === 'none' ? withoutNormalization(network) : network;
  const normalization = asked ?? (bare.layers.some(isNormalize) ? undefined : normalizationFor(undefined));
  const whole =
    normalization === undefined || normalization === 'none' ? bare : withNormalization(bare, normalization);
  return { network: whole, notes: matchNotes(matchStateDict(whole, tensors).by, whole.name) };
}

function choose(question: Question): Chosen {
  const { tensors, choices, inputShape, carried, normalizationFor } = question;
  const { model } = choices;
  if (model === undefined && carried) return statedNetwork(carried, question);
  if (model === undefined) return fittingNetwork(question);
  const file = models.has(model) ? undefined : architectureFileOf(model);
  if (file !== undefined)
    return statedNetwork(networkOfArchitecture(readArchitectureFile(file), { shape: inputShape }), question);
  const windows = spelledChain.read(model, tensors);
  if (!windows) return namedNetwork(model, question);
  const { network, words } = inferChain(
    tensors,
    { ...choices, convolutions: windows, inputShape },
    normalizationFor(undefined),
  );
  return { network, notes: [`read as ${words}`] };
}

const numberList = (values: readonly number[]): string => values.map((v) => Number(v.toFixed(6))).join(',');

const normalizationWords = ({ mean, std }: Pick<NormalizeLayer, 'mean' | 'std'>): string =>
  `mean ${numberList(mean)}, deviation ${numberList(std)}`;

/**
 * Weights matched to an architecture by name; see {@link matchStateDict}.
 * @throws UserError where the name is unknown, a tensor does not fit, or the architecture cannot be told
 */
export const networkFromStateDict = (tensors: Tensors, choices?: TorchChoices): TorchNetwork =>
  networkFromTensors({ tensors, masks: new Map() }, choices);

/** As `networkFromStateDict`, of a file that may carry its layers. */
export function networkFromTensors(
  { tensors: given, network: carried }: TensorFile,
  choices: TorchChoices = {},
): TorchNetwork {
  requireFinite(given);
  const { tensors, normalization: own } = splitNormalization(given);
  const asked = choices.normalization;
  if (own && asked !== undefined)
    throw new UserError(
      `The file holds its normalisation (${normalizationWords(own)}): leave out --mean and --std.`,
    );
  const inputShape =
    choices.inputShape ?? statedInput(choices.model) ?? carried?.inputShape ?? usualInputShape(tensors);
  const inside = (name: string | undefined): boolean =>
    name !== undefined &&
    models.has(name) &&
    models.named(name).normalizesInside === true &&
    inputShape[0] === 3;
  const normalizationFor = (name: string | undefined): Normalization | undefined => {
    if (asked === 'none') return undefined;
    return asked ?? own ?? (inside(name) ? cifar10.normalization : undefined);
  };
  const { network, notes } = choose({ tensors, choices, inputShape, carried, normalizationFor });
  const { matched } = matchStateDict(network, tensors);
  const taken = normalizationFor(network.name);
  const stated = network.layers.find(isNormalize);
  const normalizationNote =
    asked !== undefined
      ? []
      : stated && !own && !taken
        ? [`the layers normalise themselves: ${normalizationWords(stated)}`]
        : own
          ? [`the file holds its normalisation: ${normalizationWords(own)}`]
          : taken
            ? [
                `${network.name} normalises inside, as the study's does: ${normalizationWords(taken)}; --mean and --std say ` +
                  'otherwise',
              ]
            : ['takes pixels as they are, 0 to 1; --mean and --std say otherwise'];
  return {
    network,
    numbers: numbersOf(matched),
    notes: [...notes, ...normalizationNote],
    inferred: choices.model === undefined && carried === undefined,
    matched,
  };
}

/** The images that a file or folder of layers is for. */
function statedInput(model: string | undefined): Shape | undefined {
  const file = model === undefined || models.has(model) ? undefined : architectureFileOf(model);
  return file === undefined ? undefined : readArchitectureFile(file).input;
}

/** Reads a .pth, .pt, .model, .safetensors or .npz file. @throws UserError naming the file and its fault */
export function readTorchNetwork(path: string, choices: TorchChoices = {}): TorchNetwork {
  const file = readTensorFile(path);
  return namingFile(path, () => networkFromTensors(file, choices));
}
