/** @file A builder for networks with branches that infers channels and numbers names: conv1, bn1, relu1, …, fc1. */
import { ruleOf } from '../layers/rules.ts';
import { batchNormDefaults } from '../layers/batchNorm.ts';
import type { Normalization } from '../../data/normalization.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import type { Layer, LayerFields, Network } from '../network.ts';

/** Every method adds a layer that reads the named one (or `input`) and returns the new layer's name. */
export interface GraphBuilder {
  /** Adds nothing where there is none. */
  normalize(from: string, normalization: Normalization | undefined): string;
  conv(from: string, outChannels: number, choice: GraphConv): string;
  /** @param module see {@link GraphConv} */
  batchNorm(from: string, module?: string): string;
  relu(from: string): string;
  maxPool(from: string, kernel: number, stride: number, padding?: number): string;
  avgPool(from: string, kernel: number): string;
  globalAvgPool(from: string): string;
  dropout(from: string, rate: number): string;
  flatten(from: string): string;
  /** @param module see {@link GraphConv} */
  linear(from: string, outFeatures: number, module?: string): string;
  add(a: string, b: string): string;
  /** Every second row and column, with zero channels around: a shortcut without parameters. */
  subsample(from: string, outChannels: number): string;
  shapeOf(name: string): Shape;
  /** The network so far; its output is the last layer added. @param initialization see `Network` */
  build(initialization?: Network['initialization']): Network;
}

export interface GraphConv {
  readonly kernel: number;
  readonly stride?: number;
  readonly padding?: number;
  readonly bias?: boolean;
  /** Path of the module in PyTorch's state dict. */
  readonly module?: string;
}

/** Starts a network whose input has shape [C,H,W]. */
export function graph(name: string, inputShape: Shape): GraphBuilder {
  const layers: Layer[] = [];
  const counts = new Map<string, number>();
  const modules: Record<string, string> = {};
  const shapes = new Map<string, Shape>([['input', inputShape]]);
  const shapeOf = (layer: string): Shape => shapes.get(layer)!;
  const push = (fields: LayerFields, prefix: string, inputs: readonly string[], numbered = true): string => {
    const count = (counts.get(prefix) ?? 0) + 1;
    counts.set(prefix, count);
    const layer = { ...fields, name: numbered ? `${prefix}${count}` : prefix, inputs } as Layer;
    layers.push(layer);
    shapes.set(layer.name, ruleOf(layer).shape(layer, inputs.map(shapeOf)));
    return layer.name;
  };
  const named = (layer: string, module: string | undefined): string => {
    if (module !== undefined) modules[layer] = module;
    return layer;
  };
  const square = (n: number): readonly [number, number] => [n, n];
  const around = (n: number): readonly [number, number, number, number] => [n, n, n, n];

  return {
    normalize: (from, by) =>
      by ? push({ kind: 'normalize', mean: by.mean, std: by.std }, 'normalize', [from], false) : from,
    conv: (from, outChannels, { kernel, stride = 1, padding = 0, bias = true, module }) =>
      named(
        push(
          {
            kind: 'conv2d',
            inChannels: shapeOf(from)[0],
            outChannels,
            kernel: square(kernel),
            stride: square(stride),
            padding: around(padding),
            dilation: [1, 1],
            groups: 1,
            bias,
          },
          'conv',
          [from],
        ),
        module,
      ),
    batchNorm: (from, module) =>
      named(
        push({ kind: 'batchNorm2d', features: shapeOf(from)[0], ...batchNormDefaults }, 'bn', [from]),
        module,
      ),
    relu: (from) => push({ kind: 'relu' }, 'relu', [from]),
    maxPool: (from, kernel, stride, padding = 0) =>
      push(
        { kind: 'maxPool2d', kernel: square(kernel), stride: square(stride), padding: around(padding) },
        'pool',
        [from],
      ),
    avgPool: (from, kernel) =>
      push(
        { kind: 'avgPool2d', kernel: square(kernel), stride: square(kernel), padding: around(0) },
        'pool',
        [from],
      ),
    globalAvgPool: (from) => push({ kind: 'globalAvgPool2d' }, 'pool', [from]),
    dropout: (from, rate) => push({ kind: 'dropout', rate }, 'dropout', [from]),
    flatten: (from) => push({ kind: 'flatten' }, 'flatten', [from], false),
    linear: (from, outFeatures, module) =>
      named(
        push({ kind: 'linear', inFeatures: sizeOf(shapeOf(from)), outFeatures, bias: true }, 'fc', [from]),
        module,
      ),
    add: (a, b) => push({ kind: 'add' }, 'add', [a, b]),
    subsample(from, outChannels) {
      const shape = shapeOf(from);
      const missing = outChannels - shape[0];
      const half = push({ kind: 'slice', starts: [0, 0, 0], ends: [...shape], steps: [1, 2, 2] }, 'slice', [
        from,
      ]);
      const before = Math.floor(missing / 2);
      return push({ kind: 'pad', before: [before, 0, 0], after: [missing - before, 0, 0] }, 'pad', [half]);
    },
    shapeOf,
    build: (initialization) => ({
      name,
      inputShape,
      layers,
      modules,
      ...(initialization !== undefined && { initialization }),
    }),
  };
}
