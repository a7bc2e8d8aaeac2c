/** @file maxPool2d, avgPool2d, globalAvgPool2d. */
import {
  add,
  constant,
  maximum,
  mean,
  mul,
  pad2d,
  sliceAxis,
  type Shape,
  type Tensor,
} from '../../tensor/index.ts';
import type { PlainLayer, PoolLayer } from '../network.ts';
import { windowCount } from './conv2d.ts';
import { noParameters, unfit, type LayerRule } from './definition.ts';

/** The least finite f32 number: no activation lies below it. */
const beyond = -3.4028234663852886e38;

function poolShape(layer: PoolLayer, inputs: readonly Shape[]): Shape {
  const [channels, height, width] = inputs[0];
  const { kernel, stride, padding } = layer;
  if (inputs[0].length !== 3) throw unfit(layer, inputs, 'it needs channels, height and width');
  const rows = windowCount(height, kernel[0], stride[0], padding[0] + padding[2], 1);
  const columns = windowCount(width, kernel[1], stride[1], padding[1] + padding[3], 1);
  if (rows < 1 || columns < 1) throw unfit(layer, inputs, 'its window is larger than the padded input');
  return [channels, rows, columns];
}

/** The windows, one shifted strided view of x for each place in them. */
export function windowTaps(x: Tensor, layer: PoolLayer): Tensor[] {
  const padded = pad2d(x, layer.padding);
  const [, , height, width] = padded.shape as [number, number, number, number];
  const { kernel, stride } = layer;
  const rows = windowCount(height, kernel[0], stride[0], 0, 1);
  const columns = windowCount(width, kernel[1], stride[1], 0, 1);
  const taps: Tensor[] = [];
  for (let i = 0; i < kernel[0]; i++) {
    const band = sliceAxis(padded, 2, i, i + (rows - 1) * stride[0] + 1, stride[0]);
    for (let j = 0; j < kernel[1]; j++)
      taps.push(sliceAxis(band, 3, j, j + (columns - 1) * stride[1] + 1, stride[1]));
  }
  return taps;
}

/** `beyond` where padding will be, 0 inside: [1,1,H',W']. */
function borderOf(x: Tensor, [top, left, bottom, right]: PoolLayer['padding']): Tensor {
  const [height, width] = [x.shape[2] + top + bottom, x.shape[3] + left + right];
  const data = Float32Array.from({ length: height * width }, (_, k) => {
    const [row, column] = [Math.floor(k / width), k % width];
    const inside = row >= top && row < height - bottom && column >= left && column < width - right;
    return inside ? 0 : beyond;
  });
  return constant(data, [1, 1, height, width]);
}

/** x with a border that no maximum picks. */
export const paddedForMax = (x: Tensor, { padding }: PoolLayer): Tensor =>
  padding.some((p) => p > 0) ? add(pad2d(x, padding), borderOf(x, padding)) : x;

export const maxPool2d: LayerRule<PoolLayer> = {
  shape: poolShape,
  parameters: noParameters,
  forward({ layer, inputs }) {
    const x = inputs[0];
    const padded = layer.padding.some((p) => p > 0)
      ? add(pad2d(x, layer.padding), borderOf(x, layer.padding))
      : x;
    return windowTaps(padded, { ...layer, padding: [0, 0, 0, 0] }).reduce((a, b) => maximum(a, b));
  },
};

/** Padding counts as zeros (PyTorch's count_include_pad). */
export const avgPool2d: LayerRule<PoolLayer> = {
  shape: poolShape,
  parameters: noParameters,
  forward: ({ layer, inputs }) =>
    mul(
      windowTaps(inputs[0], layer).reduce((a, b) => add(a, b)),
      1 / (layer.kernel[0] * layer.kernel[1]),
    ),
};

export const globalAvgPool2d: LayerRule<PlainLayer> = {
  shape(layer, inputs) {
    if (inputs[0].length !== 3) throw unfit(layer, inputs, 'it needs channels, height and width');
    return [inputs[0][0], 1, 1];
  },
  parameters: noParameters,
  forward: ({ inputs }) => mean(inputs[0], [2, 3], true),
};
