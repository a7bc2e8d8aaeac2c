/** @file A builder for networks with branches that infers channels and numbers names: conv1, bn1, relu1, …, fc1. */
import type { Normalization } from '../../data/normalization.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import { layerList } from '../layerList.ts';
import { batchNormDefaults } from '../layers/batchNorm.ts';
import type { Padding } from '../layers/window.ts';
import type { LayerFields, Network } from '../network.ts';

export interface ConvChoice {
  readonly kernel: number;
  readonly stride?: number;
  /** Zeros around, or [top, left, bottom, right]. */
  readonly padding?: number | Padding;
  readonly bias?: boolean;
}

export interface GraphConv extends ConvChoice {
  /** Path of the module in PyTorch's state dict. */
  readonly module?: string;
}

const square = (n: number): readonly [number, number] => [n, n];
const around = (n: number): Padding => [n, n, n, n];

export type GraphBuilder = ReturnType<typeof graph>;

/**
 * Starts a network whose input has shape [C,H,W] or [n]. Every method adds a layer that reads the named one (or `input`)
 * and returns the new layer's name.
 */
export function graph(name: string, inputShape: Shape) {
  const modules: Record<string, string> = {};
  const { layers, add, shapeOf } = layerList([['input', inputShape]]);
  const withModule = (fields: LayerFields, from: string, module: string | undefined): string => {
    const layer = add(fields, [from]);
    if (module !== undefined) modules[layer] = module;
    return layer;
  };
  const window = (kernel: number, stride: number, padding: number | Padding) => ({
    kernel: square(kernel),
    stride: square(stride),
    padding: typeof padding === 'number' ? around(padding) : padding,
  });
  function conv(from: string, outChannels: number, choice: GraphConv): string {
    const { kernel, stride = 1, padding = 0, bias = true, module } = choice;
    const channels = { inChannels: shapeOf(from)[0], outChannels };
    const fields = { ...channels, ...window(kernel, stride, padding), dilation: square(1), groups: 1, bias };
    return withModule({ kind: 'conv2d', ...fields }, from, module);
  }
  function batchNorm(from: string, module?: string): string {
    const shape = shapeOf(from);
    const kind = shape.length === 3 ? 'batchNorm2d' : 'batchNorm1d';
    return withModule({ kind, features: shape[0], ...batchNormDefaults }, from, module);
  }
  return {
    /** Adds nothing where there is none. */
    normalize: (from: string, given: Normalization | undefined): string =>
      given ? add({ kind: 'normalize', mean: given.mean, std: given.std }, [from], 'normalize') : from,
    conv,
    /** @param module see {@link GraphConv} */
    batchNorm,
    /** A convolution without bias, and its batch norm. @param modules see {@link GraphConv}: of both */
    convNorm: (
      from: string,
      outChannels: number,
      choice: ConvChoice,
      [module, norm]: readonly [string, string],
    ) => batchNorm(conv(from, outChannels, { ...choice, bias: false, module }), norm),
    relu: (from: string) => add({ kind: 'relu' }, [from]),
    maxPool: (from: string, kernel: number, stride = kernel, padding = 0) =>
      add({ kind: 'maxPool2d', ...window(kernel, stride, padding) }, [from]),
    avgPool: (from: string, kernel: number, stride = kernel) =>
      add({ kind: 'avgPool2d', ...window(kernel, stride, 0) }, [from]),
    globalAvgPool: (from: string) => add({ kind: 'globalAvgPool2d' }, [from]),
    dropout: (from: string, rate: number) => add({ kind: 'dropout', rate }, [from]),
    flatten: (from: string) => add({ kind: 'flatten' }, [from], 'flatten'),
    /** @param module see {@link GraphConv} */
    linear: (from: string, outFeatures: number, module?: string) =>
      withModule(
        { kind: 'linear', inFeatures: sizeOf(shapeOf(from)), outFeatures, bias: true },
        from,
        module,
      ),
    add: (a: string, b: string) => add({ kind: 'add' }, [a, b]),
    /** Every second row and column, with zero channels around: a shortcut without parameters. */
    subsample(from: string, outChannels: number) {
      const shape = shapeOf(from);
      const missing = outChannels - shape[0];
      const half = add({ kind: 'slice', starts: [0, 0, 0], ends: [...shape], steps: [1, 2, 2] }, [from]);
      const before = Math.floor(missing / 2);
      return add({ kind: 'pad', before: [before, 0, 0], after: [missing - before, 0, 0] }, [half]);
    },
    shapeOf,
    /** The network so far; its output is the last layer added. @param initialization see `Network` */
    build: (initialization?: Network['initialization']): Network => ({
      name,
      inputShape,
      layers,
      modules,
      ...(initialization !== undefined && { initialization }),
    }),
  };
}
