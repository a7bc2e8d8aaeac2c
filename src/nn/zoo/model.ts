/** @file What a model of the zoo is: a function from choices to a network. */
import type { Normalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import { sequential, type ConvChoice } from './sequential.ts';

export interface ModelChoices {
  readonly classes: number;
  /** [C,H,W] of raw pixels 0..1. */
  readonly inputShape: Shape;
  /** Batch norm after convolutions, where the model offers it. */
  readonly bn: boolean;
  /** First layer of the network. */
  readonly normalization: Normalization;
}

export type ModelBuilder = (choices: ModelChoices) => Network;

/** Convolutions with optional batch norm and ReLU, then hidden linear layers with ReLU, then the logits. */
export function convThenLinear(
  name: string,
  convs: readonly (ConvChoice & { readonly channels: number })[],
  hidden: readonly number[],
): ModelBuilder {
  return ({ classes, inputShape, bn, normalization }) => {
    let chain = sequential(name, inputShape).normalize(normalization);
    for (const { channels, ...choice } of convs) {
      chain = chain.conv(channels, choice);
      if (bn) chain = chain.batchNorm();
      chain = chain.relu();
    }
    chain = chain.flatten();
    for (const width of hidden) chain = chain.linear(width).relu();
    return chain.linear(classes).build();
  };
}
