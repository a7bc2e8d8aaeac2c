/** @file Architectures as configurations and files hold them: a list of layers, or one with the images it is for. */
import type { Normalization } from '../../data/normalization.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import { shapeText } from '../../tensor/shape.ts';
import { withNormalization } from '../firstNormalization.ts';
import { initializers } from '../initializers.ts';
import { isNormalize } from '../layers/normalize.ts';
import type { Network } from '../network.ts';
import { outputShape } from '../shapes.ts';
import { shown } from './entry.ts';
import { readNetwork } from './read.ts';
import { writeLayers } from './write.ts';

/** A list of layers with what it says beside them. */
export interface ArchitectureFile {
  readonly name?: string;
  /** Shape of one input without the batch axis; the layers are then complete, a normalisation among them. */
  readonly input?: readonly number[];
  /** How fresh weights are drawn, see `Network`. */
  readonly initialization?: NonNullable<Network['initialization']>;
  readonly layers: readonly unknown[];
}

/** A list of layers alone is put behind the data set's normalisation, unless it has one. */
export type Architecture = readonly unknown[] | ArchitectureFile;

const keys = ['name', 'input', 'initialization', 'layers'] as const;

/** @throws UserError where a value is no architecture, its layers aside */
export function readArchitecture(value: unknown): Architecture {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null)
    throw new UserError(`expected a list of layers, got ${shown(value)}.`);
  const unknown = Object.keys(value).find((key) => !(keys as readonly string[]).includes(key));
  if (unknown !== undefined)
    throw new UserError(`an architecture has no "${unknown}"; it has ${keys.join(', ')}.`);
  const { name, input, initialization, layers } = value as Readonly<Record<string, unknown>>;
  if (!Array.isArray(layers)) throw new UserError(`layers: expected a list of layers, got ${shown(layers)}.`);
  const sizes = Array.isArray(input) ? (input as unknown[]) : [];
  if (
    input !== undefined &&
    !(sizes.length > 0 && sizes.every((n) => Number.isSafeInteger(n) && (n as number) > 0))
  )
    throw new UserError(`input: expected sizes such as [3, 32, 32], got ${shown(input)}.`);
  if (name !== undefined && typeof name !== 'string')
    throw new UserError(`name: expected a text, got ${shown(name)}.`);
  if (initialization !== undefined && !Object.hasOwn(initializers, String(initialization)))
    throw new UserError(
      `initialization: expected one of ${Object.keys(initializers).join(', ')}, got ${shown(initialization)}.`,
    );
  return value as ArchitectureFile;
}

/** The network as a file holds it. */
export const architectureOf = (network: Network): ArchitectureFile => ({
  name: network.name,
  input: network.inputShape,
  ...(network.initialization !== undefined && { initialization: network.initialization }),
  layers: writeLayers(network),
});

/** The images that a network is to take. */
export interface Images {
  /** Without the batch axis. */
  readonly shape: Shape;
  /** Absent: any number of outputs will do. */
  readonly classes?: number;
  readonly normalization?: Normalization | undefined;
}

const sizes = (shape: Shape): string => shape.join('×');

/**
 * The network that an architecture is for images.
 * @throws UserError where the layers are wrong, or it takes other images or has other classes
 */
export function networkOfArchitecture(architecture: Architecture, images: Images): Network {
  const file = Array.isArray(architecture)
    ? { layers: architecture as readonly unknown[] }
    : (architecture as ArchitectureFile);
  const { name = 'own', input, initialization, layers } = file;
  const { shape, classes, normalization } = images;
  const named = { name, ...(initialization !== undefined && { initialization }) };
  const own = readNetwork({ ...named, inputShape: input ?? shape, layers });
  const network = input === undefined ? normalized(own, normalization) : onImages(own, shape);
  const output = outputShape(network);
  if (output.length !== 1)
    throw new UserError(
      `the network ends in ${shapeText(output)}, and not in one row of logits: end it with flatten, or {linear: ${classes ?? 10}}.`,
    );
  if (classes !== undefined && output[0] !== classes)
    throw new UserError(`the network has ${output[0]} outputs, and the data set ${classes} classes.`);
  return network;
}

/** Behind the data set's normalisation, unless it has one of its own. */
const normalized = (network: Network, normalization: Normalization | undefined): Network =>
  normalization && !network.layers.some(isNormalize) ? withNormalization(network, normalization) : network;

/**
 * The network on images of as many numbers as it takes in a row: row by row and channel by channel.
 * @throws UserError where the images are others than those that it takes
 */
export function onImages(network: Network, shape: Shape): Network {
  const { inputShape } = network;
  if (inputShape.join() === shape.join()) return network;
  const ordered = inputShape.length === 1 || squeezed(inputShape) === squeezed(shape);
  if (!ordered || sizeOf(inputShape) !== sizeOf(shape))
    throw new UserError(
      `the network takes ${sizes(inputShape)}, and the images of the data set are ${sizes(shape)}.`,
    );
  const first = 'images';
  const layers = network.layers.map((layer) => ({
    ...layer,
    inputs: layer.inputs.map((name) => (name === 'input' ? first : name)),
  }));
  const relabelled = { kind: 'reshape', shape: inputShape, name: first, inputs: ['input'] } as const;
  return { ...network, inputShape: shape, layers: [relabelled, ...layers] };
}

const squeezed = (shape: Shape): string => shape.filter((n) => n !== 1).join();
