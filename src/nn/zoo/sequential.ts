/** @file A builder for chains of layers that infers channels and names: conv1, bn1, relu1, …, fc1, relu3, fc2. */
import type { Normalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import { graph, type ConvChoice } from './graph.ts';

/** Every method adds a layer behind the last one and returns the builder. */
export interface SequentialBuilder {
  /** Nothing where there is none. */
  normalize(normalization: Normalization | undefined): SequentialBuilder;
  conv(outChannels: number, choice: ConvChoice): SequentialBuilder;
  batchNorm(): SequentialBuilder;
  relu(): SequentialBuilder;
  maxPool(kernel: number, stride?: number): SequentialBuilder;
  avgPool(kernel: number, stride?: number): SequentialBuilder;
  dropout(rate: number): SequentialBuilder;
  flatten(): SequentialBuilder;
  linear(outFeatures: number): SequentialBuilder;
  build(): Network;
}

/** Starts a chain whose input has shape [C,H,W] or [n]. */
export function sequential(name: string, inputShape: Shape): SequentialBuilder {
  const net = graph(name, inputShape);
  let last = 'input';
  /** Index of the next module in PyTorch's Sequential, where the normalisation is no module. */
  let index = 0;
  const then = (layer: string, modules = 1): SequentialBuilder => {
    last = layer;
    index += modules;
    return builder;
  };
  const builder: SequentialBuilder = {
    normalize: (normalization) => then(net.normalize(last, normalization), 0),
    conv(outChannels, choice) {
      // Unequal padding is a ZeroPad2d of its own there.
      if (Array.isArray(choice.padding) && new Set(choice.padding).size > 1) index++;
      return then(net.conv(last, outChannels, { ...choice, module: String(index) }));
    },
    batchNorm: () => then(net.batchNorm(last, String(index))),
    relu: () => then(net.relu(last)),
    maxPool: (kernel, stride) => then(net.maxPool(last, kernel, stride)),
    avgPool: (kernel, stride) => then(net.avgPool(last, kernel, stride)),
    dropout: (rate) => then(net.dropout(last, rate)),
    flatten: () => then(net.flatten(last)),
    linear: (outFeatures) => then(net.linear(last, outFeatures, String(index))),
    build: () => net.build(),
  };
  return builder;
}
