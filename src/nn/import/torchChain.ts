/** @file The chain of layers that a state dict's tensors suggest: convolutions, batch norms, linear layers in order. */
import type { Normalization } from '../../data/normalization.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import { layerShapes } from '../shapes.ts';
import { sequential } from '../zoo/sequential.ts';

export interface ChainChoices {
  /** [C,H,W] or [n]. */
  readonly inputShape?: Shape;
  /** Stride and padding of each convolution in order, which the weights do not tell; see `usualWindow`. */
  readonly convolutions?: readonly { readonly stride: number; readonly padding: number }[];
}

type Part =
  | {
      readonly kind: 'conv';
      readonly name: string;
      readonly out: number;
      readonly kernel: number;
      readonly bias: boolean;
    }
  | {
      readonly kind: 'linear';
      readonly name: string;
      readonly out: number;
      readonly inner: number;
      readonly bias: boolean;
    }
  | { readonly kind: 'batchNorm'; readonly name: string };

/** Layers by the part of their tensors' names before the last dot. */
function partsOf(tensors: ReadonlyMap<string, NdArray>): Part[] {
  const groups = new Map<string, Map<string, NdArray>>();
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.');
    const prefix = key.slice(0, Math.max(0, dot));
    if (!groups.has(prefix)) groups.set(prefix, new Map());
    groups.get(prefix)!.set(key.slice(dot + 1), tensor);
  }
  return [...groups].map(([name, group]): Part => {
    const shape = group.get('weight')?.shape;
    const bias = group.has('bias');
    if (shape?.length === 4 && shape[2] === shape[3])
      return { kind: 'conv', name, out: shape[0], kernel: shape[2], bias };
    if (shape?.length === 2) return { kind: 'linear', name, out: shape[0], inner: shape[1], bias };
    if (group.has('running_mean')) return { kind: 'batchNorm', name };
    throw new UserError(
      `The tensors of '${name}' (${[...group.keys()].join(', ')}) belong to no convolution, batch norm or linear layer. ` +
        'Name the architecture, or export the model as ONNX.',
    );
  });
}

/** Most published networks: 4×4 kernels halve, others keep the size. */
const usualWindow = (kernel: number) =>
  kernel % 2 === 0 ? { stride: 2, padding: kernel / 2 - 1 } : { stride: 1, padding: (kernel - 1) / 2 };

/**
 * Convolutions (each with its batch norm), a flatten, linear layers; ReLU between all of them.
 * @throws UserError where the tensors suggest something else, or sizes do not meet
 */
export function inferChain(
  tensors: ReadonlyMap<string, NdArray>,
  { inputShape, convolutions }: ChainChoices & { readonly inputShape: Shape },
  normalization?: Normalization,
): Network {
  const parts = partsOf(tensors);
  let chain = sequential('chain', inputShape);
  if (normalization) chain = chain.normalize(normalization);
  let convs = 0;
  let flat = inputShape.length === 1;
  let open = false;
  for (const part of parts) {
    if (part.kind === 'batchNorm') {
      if (!open) throw new UserError(`The batch norm '${part.name}' follows no convolution or linear layer.`);
      chain = chain.batchNorm();
      continue;
    }
    if (open) chain = chain.relu();
    open = true;
    if (part.kind === 'conv') {
      const window = convolutions?.[convs++] ?? usualWindow(part.kernel);
      chain = chain.conv(part.out, { kernel: part.kernel, bias: part.bias, ...window });
      continue;
    }
    if (!flat) chain = chain.flatten();
    flat = true;
    requireFeatures(chain.build(), part);
    if (!part.bias)
      throw new UserError(`The linear layer '${part.name}' has no bias. Name the architecture.`);
    chain = chain.linear(part.out);
  }
  if (!open) throw new UserError('There are no weights.');
  return chain.build();
}

function requireFeatures(
  before: Network,
  { name, inner }: { readonly name: string; readonly inner: number },
): void {
  const given = before.layers.length === 0 ? before.inputShape : [...layerShapes(before).values()].at(-1)!;
  if (sizeOf(given) !== inner)
    throw new UserError(
      `'${name}' takes ${inner} features, but ${sizeOf(given)} arrive. Strides and paddings of the convolutions were ` +
        'guessed from their kernels; give them, or name the architecture.',
    );
}
