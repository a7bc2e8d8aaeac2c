/** @file Linear layers as lists of weighted terms, one list an output element. */
import type { Window } from '../../nn/layers/window.ts';
import type { Conv2dLayer } from '../../nn/layers/conv2d.ts';
import type { ConvTranspose2dLayer } from '../../nn/layers/convTranspose2d.ts';
import { channelNumbers } from '../../nn/channelNumbers.ts';
import type { Layer } from '../../nn/network.ts';
import type { Numbers } from '../../nn/parameters.ts';
import { reachKey } from '../../nn/reach.ts';
import { convLength, sizeOf, type Shape } from '../../tensor/index.ts';
import { movedElements, type MovedElements } from './movedElements.ts';

/**
 * Where an input element enters an output: input number, its flat position, its weight, and the sum of absolute values
 * behind a merged weight.
 */
export type Visit = (input: number, position: number, weight: number, weightReach?: number) => void;

/** output[o] = Σ weight·input + bias(o), elements in row-major order without the batch axis. */
export interface LinearMap {
  readonly terms: (output: number, visit: Visit) => void;
  readonly bias: (output: number) => number;
  /** Sum of absolute values behind a merged bias. */
  readonly biasReach?: (output: number) => number;
  /** Present where elements are only moved: no sum, no rounding. */
  readonly moved?: MovedElements;
}

const noBias = (): number => 0;

/** Shapes around a layer and its numbers. */
export interface LayerSite {
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  readonly values: Numbers;
}

/** The layer as a linear map; undefined where it is not linear. */
export function linearMapOf(layer: Layer, site: LayerSite): LinearMap | undefined {
  const { inputs, output, values } = site;
  const perChannel = channelPosition(output);
  const biased = (terms: LinearMap['terms'], at = perChannel): LinearMap => {
    const bias = 'bias' in layer && layer.bias ? values[`${layer.name}.bias`] : undefined;
    const reach = values[reachKey(layer.name, 'bias')];
    return {
      ...(reach && { biasReach: (o) => reach[at(o)] }),
      bias: bias ? (o) => bias[at(o)] : noBias,
      terms,
    };
  };
  switch (layer.kind) {
    case 'linear': {
      const weight = values[`${layer.name}.weight`];
      const weightReach = values[reachKey(layer.name, 'weight')];
      const n = layer.inFeatures;
      return biased((o, visit) => {
        for (let i = 0; i < n; i++) visit(0, i, weight[o * n + i], weightReach?.[o * n + i]);
      });
    }
    case 'conv2d':
      return biased(convTerms(layer, site));
    case 'convTranspose2d':
      return biased(convTransposeTerms(layer, site));
    case 'avgPool2d': {
      const weight = 1 / (layer.kernel[0] * layer.kernel[1]);
      return {
        bias: noBias,
        terms: (o, visit) => windowPositions(layer, inputs[0], o, (p) => visit(0, p, weight)),
      };
    }
    case 'globalAvgPool2d': {
      const area = inputs[0][1] * inputs[0][2];
      return {
        bias: noBias,
        terms: (o, visit) => {
          for (let i = 0; i < area; i++) visit(0, o * area + i, 1 / area);
        },
      };
    }
    case 'add':
      return { bias: noBias, terms: (o, visit) => layer.inputs.forEach((_, i) => visit(i, o, 1)) };
    case 'batchNorm1d':
    case 'batchNorm2d':
    case 'normalize': {
      const { scale, shift } = channelNumbers(layer, values)!;
      return {
        bias: (o) => shift[perChannel(o)],
        terms: (o, visit) => visit(0, o, scale[perChannel(o)]),
      };
    }
    case 'affine': {
      const at = broadcastPosition(layer.shape, output);
      const weight = values[`${layer.name}.weight`];
      return biased((o, visit) => visit(0, o, layer.weight ? weight[at(o)] : 1), at);
    }
    case 'sum':
      return sumMap(layer.axes, inputs[0]);
    case 'dropout':
    case 'flatten':
    case 'reshape':
    case 'permute':
    case 'slice':
    case 'cat':
    case 'pad':
    case 'gather': {
      const moved = movedElements(layer, inputs);
      return {
        moved,
        bias: noBias,
        terms: (o, visit) => {
          if (moved.input[o] >= 0) visit(moved.input[o], moved.position[o], 1);
        },
      };
    }
    default:
      return undefined;
  }
}

/** Channel of element o: axis 0 of the unbatched shape. */
function channelPosition(output: Shape): (o: number) => number {
  const area = sizeOf(output.slice(1));
  return (o) => Math.floor(o / area);
}

/** Position in a tensor of `shape`, which broadcasts to `full`, of element o of `full`. */
function broadcastPosition(shape: Shape, full: Shape): (o: number) => number {
  const padded = [...new Array<number>(full.length - shape.length).fill(1), ...shape];
  return (o) => {
    let [rest, position, stride] = [o, 0, 1];
    for (let axis = full.length - 1; axis >= 0; axis--) {
      const at = rest % full[axis];
      rest = (rest - at) / full[axis];
      if (padded[axis] > 1) position += at * stride;
      stride *= padded[axis];
    }
    return position;
  };
}

/** Sums over axes that keep length 1. */
function sumMap(axes: readonly number[], input: Shape): LinearMap {
  const strides = input.map((_, axis) => sizeOf(input.slice(axis + 1)));
  const kept = input.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return {
    bias: noBias,
    terms(o, visit) {
      let [rest, base] = [o, 0];
      for (let axis = kept.length - 1; axis >= 0; axis--) {
        base += (rest % kept[axis]) * strides[axis];
        rest = Math.floor(rest / kept[axis]);
      }
      const walk = (k: number, position: number): void => {
        if (k === axes.length) return visit(0, position, 1);
        for (let i = 0; i < input[axes[k]]; i++) walk(k + 1, position + i * strides[axes[k]]);
      };
      walk(0, base);
    },
  };
}

function convTerms(layer: Conv2dLayer, { inputs, output, values }: LayerSite): LinearMap['terms'] {
  const { kernel, stride, padding, dilation, groups, inChannels, outChannels } = layer;
  const weight = values[`${layer.name}.weight`];
  const [, height, width] = inputs[0];
  const [, rows, columns] = output;
  const perGroup = inChannels / groups;
  return (o, visit) => {
    const column = o % columns;
    const row = Math.floor(o / columns) % rows;
    const out = Math.floor(o / (rows * columns));
    const firstChannel = Math.floor(out / (outChannels / groups)) * perGroup;
    for (let c = 0; c < perGroup; c++)
      for (let i = 0; i < kernel[0]; i++) {
        const y = row * stride[0] - padding[0] + i * dilation[0];
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < kernel[1]; j++) {
          const x = column * stride[1] - padding[1] + j * dilation[1];
          if (x < 0 || x >= width) continue;
          visit(
            0,
            ((firstChannel + c) * height + y) * width + x,
            weight[((out * perGroup + c) * kernel[0] + i) * kernel[1] + j],
          );
        }
      }
  };
}

/** Input pixel y reaches output row y·s − p + i·d through kernel row i. */
function convTransposeTerms(
  layer: ConvTranspose2dLayer,
  { inputs, output, values }: LayerSite,
): LinearMap['terms'] {
  const { kernel, stride, padding, dilation, groups, inChannels, outChannels } = layer;
  const weight = values[`${layer.name}.weight`];
  const [, height, width] = inputs[0];
  const [, rows, columns] = output;
  const [inPerGroup, outPerGroup] = [inChannels / groups, outChannels / groups];
  return (o, visit) => {
    const column = o % columns;
    const row = Math.floor(o / columns) % rows;
    const out = Math.floor(o / (rows * columns));
    const group = Math.floor(out / outPerGroup);
    for (let i = 0; i < kernel[0]; i++) {
      const y = (row + padding[0] - i * dilation[0]) / stride[0];
      if (!Number.isInteger(y) || y < 0 || y >= height) continue;
      for (let j = 0; j < kernel[1]; j++) {
        const x = (column + padding[1] - j * dilation[1]) / stride[1];
        if (!Number.isInteger(x) || x < 0 || x >= width) continue;
        for (let c = group * inPerGroup; c < (group + 1) * inPerGroup; c++)
          visit(
            0,
            (c * height + y) * width + x,
            weight[((c * outPerGroup + (out % outPerGroup)) * kernel[0] + i) * kernel[1] + j],
          );
      }
    }
  };
}

/** Flat input positions of a pool's window at output element o; padding left out. */
export function windowPositions(
  { kernel, stride, padding }: Window,
  [, height, width]: Shape,
  o: number,
  visit: (position: number) => void,
): void {
  const columns = convLength(width, kernel[1], stride[1], padding[1] + padding[3], 1);
  const rows = convLength(height, kernel[0], stride[0], padding[0] + padding[2], 1);
  const column = o % columns;
  const row = Math.floor(o / columns) % rows;
  const channel = Math.floor(o / (rows * columns));
  for (let i = 0; i < kernel[0]; i++) {
    const y = row * stride[0] - padding[0] + i;
    if (y < 0 || y >= height) continue;
    for (let j = 0; j < kernel[1]; j++) {
      const x = column * stride[1] - padding[1] + j;
      if (x >= 0 && x < width) visit((channel * height + y) * width + x);
    }
  }
}
