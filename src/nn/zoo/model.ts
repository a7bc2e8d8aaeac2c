/** @file What a model of the zoo is: a function from choices to a network. */
import type { Normalization } from '../../data/normalization.ts';
import type { Member } from '../../family/family.ts';
import type { Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import type { ConvChoice } from './graph.ts';
import { sequential } from './sequential.ts';

export interface ModelChoices {
  readonly classes: number;
  /** [C,H,W] of raw pixels 0..1. */
  readonly inputShape: Shape;
  /** Batch norm after convolutions, where the model offers it. */
  readonly bn: boolean;
  /** First layer of the network; absent: it takes the pixels as they are. */
  readonly normalization?: Normalization | undefined;
}

export type ModelBuilder = (choices: ModelChoices) => Network;

/** A model of the zoo. */
export interface Model extends Member {
  readonly build: ModelBuilder;
  /** A published benchmark's network, for these images and so many classes alone: runs do not offer it. */
  readonly fixed?: { readonly inputShape: Shape; readonly classes: number };
  /** The study's network of this name takes raw pixels and normalises them as CIFAR-10 itself. */
  readonly normalizesInside?: true;
  /** Another network that is published under this name. */
  readonly otherMeaning?: string;
  /** Its name in configurations of runs that began before that was the study's. */
  readonly formerly?: string;
}

/** A convolution with the ReLU behind it; `pool`: then a max-pool of 2×2. */
export type Conv = ConvChoice & { readonly channels: number; readonly pool?: true };

/** kernel 4, stride 2 */
export const halving = (channels: number, padding = 1): Conv => ({ channels, kernel: 4, stride: 2, padding });
/** kernel 3, stride 1 */
export const same = (channels: number): Conv => ({ channels, kernel: 3, stride: 1, padding: 1 });

/** Convolutions with optional batch norm and ReLU, then hidden linear layers with ReLU, then the logits. */
export function convThenLinear(
  name: string,
  convs: readonly Conv[],
  hidden: readonly number[],
): ModelBuilder {
  return ({ classes, inputShape, bn, normalization }) => {
    let chain = sequential(name, inputShape).normalize(normalization);
    for (const { channels, pool, ...choice } of convs) {
      chain = chain.conv(channels, choice);
      if (bn) chain = chain.batchNorm();
      chain = chain.relu();
      if (pool) chain = chain.maxPool(2);
    }
    chain = chain.flatten();
    for (const width of hidden) chain = chain.linear(width).relu();
    return chain.linear(classes).build();
  };
}
