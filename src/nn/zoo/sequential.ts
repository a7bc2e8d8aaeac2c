/** @file A builder for chains of layers that infers channels and names: conv1, bn1, relu1, …, fc1, relu3, fc2. */
import { parametersOf, ruleOf } from '../layers/rules.ts';
import type { Normalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import type { Layer, LayerFields, Network } from '../network.ts';

export interface ConvChoice {
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros around, or [top, left, bottom, right]. */
  readonly padding?: number | readonly [number, number, number, number];
  readonly bias?: boolean;
}

/** Every method adds a layer behind the last one and returns the builder. */
export interface SequentialBuilder {
  /** Adds nothing where there is none. */
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

/** PyTorch's defaults of BatchNorm. */
export const batchNormDefaults = { eps: 1e-5, momentum: 0.1 } as const;

/** Starts a chain whose input has shape [C,H,W] or [n]. */
export function sequential(name: string, inputShape: Shape): SequentialBuilder {
  const layers: Layer[] = [];
  const counts = new Map<string, number>();
  const modules: Record<string, string> = {};
  let shape = inputShape;
  let last = 'input';
  /** Index of the next module in PyTorch's Sequential, where the normalisation is no module. */
  let index = 0;

  const push = (fields: LayerFields, prefix: string, numbered = true): SequentialBuilder => {
    const number = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, number);
    const layer = { ...fields, name: numbered ? `${prefix}${number}` : prefix, inputs: [last] } as Layer;
    shape = ruleOf(layer).shape(layer, [shape]);
    layers.push(layer);
    last = layer.name;
    if (layer.kind === 'normalize') return builder;
    // Unequal padding is a ZeroPad2d of its own there.
    if (layer.kind === 'conv2d' && new Set(layer.padding).size > 1) index++;
    if (parametersOf(layer).length > 0) modules[layer.name] = String(index);
    index++;
    return builder;
  };
  const window = (kernel: number, stride: number) =>
    ({ kernel: [kernel, kernel], stride: [stride, stride], padding: [0, 0, 0, 0] }) as const;

  const builder: SequentialBuilder = {
    normalize: (by) =>
      by ? push({ kind: 'normalize', mean: by.mean, std: by.std }, 'normalize', false) : builder,
    conv: (outChannels, { kernel, stride = 1, padding = 0, bias = true }) =>
      push(
        {
          kind: 'conv2d',
          inChannels: shape[0],
          outChannels,
          kernel: [kernel, kernel],
          stride: [stride, stride],
          padding: typeof padding === 'number' ? [padding, padding, padding, padding] : padding,
          dilation: [1, 1],
          groups: 1,
          bias,
        },
        'conv',
      ),
    batchNorm: () =>
      push(
        {
          kind: shape.length === 3 ? 'batchNorm2d' : 'batchNorm1d',
          features: shape[0],
          ...batchNormDefaults,
        },
        'bn',
      ),
    relu: () => push({ kind: 'relu' }, 'relu'),
    maxPool: (kernel, stride = kernel) => push({ kind: 'maxPool2d', ...window(kernel, stride) }, 'pool'),
    avgPool: (kernel, stride = kernel) => push({ kind: 'avgPool2d', ...window(kernel, stride) }, 'pool'),
    dropout: (rate) => push({ kind: 'dropout', rate }, 'dropout'),
    flatten: () => push({ kind: 'flatten' }, 'flatten', false),
    linear: (outFeatures) => push({ kind: 'linear', inFeatures: shape[0], outFeatures, bias: true }, 'fc'),
    build: () => ({ name, inputShape, layers, modules }),
  };
  return builder;
}
