/** @file The chain of layers that a state dict's tensors suggest: convolutions, batch norms, linear layers in order. */
import type { Normalization } from '../../data/normalization.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import { layerShapes } from '../shapes.ts';
import { modulesInOrder, type TorchModule } from '../torchModules.ts';
import { sequential } from '../zoo/sequential.ts';

/** Stride and padding of a convolution, which weights do not tell. */
export interface Window {
  readonly stride: number;
  readonly padding: number;
}

export interface ChainChoices {
  /** [C,H,W] or [n]. */
  readonly inputShape?: Shape;
  /** Of each convolution in order; without them, see {@link usualWindow}. */
  readonly convolutions?: readonly Window[];
}

/** A chain and what was read off or assumed of it. */
export interface Chain {
  readonly network: Network;
  /** `conv 4 3x3 stride 1 padding 1, batch norm, relu, flatten, linear 10`. */
  readonly words: string;
}

type Part = { readonly name: string; readonly bias: boolean } & (
  | { readonly kind: 'conv'; readonly out: number; readonly kernel: number }
  | { readonly kind: 'fc'; readonly out: number; readonly inner: number }
  | { readonly kind: 'batchNorm' }
);

function partOf({ name, tensors }: TorchModule): Part {
  const shape = tensors.get('weight')?.shape;
  const bias = tensors.has('bias');
  if (tensors.has('running_mean')) return { kind: 'batchNorm', name, bias };
  if (shape?.length === 4 && shape[2] === shape[3])
    return { kind: 'conv', name, out: shape[0], kernel: shape[2], bias };
  if (shape?.length === 2) return { kind: 'fc', name, out: shape[0], inner: shape[1], bias };
  throw new UserError(
    `The tensors of '${name}' (${[...tensors.keys()].join(', ')}) belong to no convolution, batch norm or linear layer. ` +
      'Name the architecture with --model, or export the model as ONNX.',
  );
}

/** Most published networks: even kernels halve, odd ones keep the size. */
export const usualWindow = (kernel: number): Window =>
  kernel % 2 === 0 ? { stride: 2, padding: kernel / 2 - 1 } : { stride: 1, padding: (kernel - 1) / 2 };

/** Kernels of the convolutions in order. */
export const kernelsOf = (tensors: ReadonlyMap<string, NdArray>): number[] =>
  modulesInOrder(tensors).modules.flatMap(({ tensors: own }) => {
    const shape = own.get('weight')?.shape;
    return shape?.length === 4 ? [shape[2]] : [];
  });

/**
 * Convolutions (each with its batch norm), a flatten, linear layers; ReLU between all of them.
 * @throws UserError where the tensors suggest something else, sizes do not meet, or the numbers of a Sequential leave
 * room for other modules than these
 */
export function inferChain(
  tensors: ReadonlyMap<string, NdArray>,
  { inputShape, convolutions }: ChainChoices & { readonly inputShape: Shape },
  normalization?: Normalization,
): Chain {
  const { modules, numbered, contradiction } = modulesInOrder(
    new Map([...tensors].filter(([name]) => !name.endsWith('num_batches_tracked'))),
  );
  if (contradiction !== undefined) throw new UserError(contradiction);
  let chain = sequential('chain', inputShape);
  if (normalization) chain = chain.normalize(normalization);
  const words: string[] = [];
  let convs = 0;
  let flat = inputShape.length === 1;
  let open = false;
  for (const [i, part] of modules.map(partOf).entries()) {
    const flattens = part.kind === 'fc' && !flat;
    const before = modules.at(i - 1);
    if (numbered && before && i > 0) requireRoom(before, part, { flattens });
    if (part.kind === 'batchNorm') {
      if (!open) throw new UserError(`The batch norm '${part.name}' follows no convolution or linear layer.`);
      chain = chain.batchNorm();
      words.push('batch norm');
      continue;
    }
    if (open) {
      chain = chain.relu();
      words.push('relu');
    }
    open = true;
    if (part.kind === 'conv') {
      if (flat)
        throw new UserError(`The convolution '${part.name}' follows linear layers. Name the architecture.`);
      const window = convolutions?.[convs++] ?? usualWindow(part.kernel);
      chain = chain.conv(part.out, { kernel: part.kernel, bias: part.bias, ...window });
      words.push(
        `conv ${part.out} ${part.kernel}x${part.kernel} stride ${window.stride} padding ${window.padding}`,
      );
      continue;
    }
    if (flattens) {
      chain = chain.flatten();
      words.push('flatten');
    }
    flat = true;
    requireFeatures(chain.build(), part);
    if (!part.bias)
      throw new UserError(`The linear layer '${part.name}' has no bias. Name the architecture with --model.`);
    chain = chain.linear(part.out);
    words.push(`linear ${part.out}`);
  }
  if (!open) throw new UserError('There are no weights.');
  return { network: chain.build(), words: words.join(', ') };
}

const lastNumber = (name: string): number => Number(/\d+$/.exec(name)![0]);

/** Modules without parameters between two members of a Sequential: a ReLU, a flatten, and no other. */
function requireRoom(before: TorchModule, part: Part, { flattens }: { readonly flattens: boolean }): void {
  const between = lastNumber(part.name) - lastNumber(before.name) - 1;
  const allowed = part.kind === 'batchNorm' ? [0] : flattens ? [1, 2] : [1];
  if (allowed.includes(between)) return;
  throw new UserError(
    `Between the modules '${before.name}' and '${part.name}' lie ${between} without parameters, where ` +
      `${part.kind === 'batchNorm' ? 'none is' : flattens ? 'a ReLU and a flatten are' : 'a ReLU is'} expected: what they ` +
      'are cannot be read off. Name the architecture with --model, or export the model as ONNX.',
  );
}

function requireFeatures(
  before: Network,
  { name, inner }: { readonly name: string; readonly inner: number },
): void {
  const given = before.layers.length === 0 ? before.inputShape : [...layerShapes(before).values()].at(-1)!;
  if (sizeOf(given) !== inner)
    throw new UserError(
      `'${name}' takes ${inner} features, but ${sizeOf(given)} arrive with the strides and paddings of the convolutions ` +
        'that are given, or customary for their kernels. Give others (--model sequential-relu:s2p1,s1p1 has stride and ' +
        'padding of each convolution), the size of the images (--input 3x32x32), or the layers (--model layers.yaml).',
    );
}
