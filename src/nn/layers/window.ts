/** @file The sliding window of convolutions and poolings. */
import { add, constant, convLength, pad2d, sliceAxis, type Shape, type Tensor } from '../../tensor/index.ts';
import type { OnnxAttribute } from '../../formats/onnx/model.ts';
import { imageOf, ints, unfit, type LayerBase } from './definition.ts';

/** Vertical and horizontal. */
export type Pair = readonly [number, number];
/** [top, left, bottom, right] */
export type Padding = readonly [number, number, number, number];

/** Where a kernel stands. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/** Rows and columns of windows. */
export function windowCounts([height, width]: Pair, window: Window, dilation: Pair = [1, 1]): Pair {
  const { kernel, stride, padding } = window;
  return [
    convLength(height, kernel[0], stride[0], padding[0] + padding[2], dilation[0]),
    convLength(width, kernel[1], stride[1], padding[1] + padding[3], dilation[1]),
  ];
}

export const isPadded = ({ padding }: Pick<Window, 'padding'>): boolean => padding.some((p) => p > 0);

export const tapsOf = ({ kernel }: Pick<Window, 'kernel'>): number => kernel[0] * kernel[1];

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** Positions of a kernel that can fall on one element: every (stride / gcd(stride, dilation))-th along an axis. */
export function overlapsOf(
  { kernel, stride }: Pick<Window, 'kernel' | 'stride'>,
  dilation: Pair = [1, 1],
): number {
  const along = (axis: 0 | 1): number =>
    Math.ceil((kernel[axis] * greatestCommonDivisor(stride[axis], dilation[axis])) / stride[axis]);
  return along(0) * along(1);
}

export const windowAttributes = ({ kernel, stride, padding }: Window): Record<string, OnnxAttribute> => ({
  kernel_shape: ints(kernel),
  strides: ints(stride),
  pads: ints(padding),
});

/** The shape that a pooling makes. */
export function pooledShape(layer: Window & LayerBase, inputs: readonly Shape[]): Shape {
  const [channels, height, width] = imageOf(layer, inputs);
  const counts = windowCounts([height, width], layer);
  if (counts.some((n) => n < 1)) throw unfit(layer, inputs, 'its window is larger than the padded input');
  const { kernel, padding } = layer;
  if (padding.some((n, side) => n >= kernel[side % 2]))
    throw unfit(layer, inputs, 'its padding is not smaller than its window');
  return [channels, ...counts];
}

/** The windows, one shifted strided view of x for each place in them. */
export function windowTaps(x: Tensor, window: Window): Tensor[] {
  const padded = pad2d(x, window.padding);
  const [, , height, width] = padded.shape as [number, number, number, number];
  const { kernel, stride } = window;
  const [rows, columns] = windowCounts([height, width], { ...window, padding: [0, 0, 0, 0] });
  const taps: Tensor[] = [];
  for (let i = 0; i < kernel[0]; i++) {
    const band = sliceAxis(padded, 2, i, i + (rows - 1) * stride[0] + 1, stride[0]);
    for (let j = 0; j < kernel[1]; j++)
      taps.push(sliceAxis(band, 3, j, j + (columns - 1) * stride[1] + 1, stride[1]));
  }
  return taps;
}

/** The least finite f32 number: no activation lies below it. */
const beyond = -3.4028234663852886e38;

/** `beyond` where padding will be, 0 inside: [1,1,H',W']. */
function borderOf(x: Tensor, [top, left, bottom, right]: Padding): Tensor {
  const [height, width] = [x.shape[2] + top + bottom, x.shape[3] + left + right];
  const data = Float32Array.from({ length: height * width }, (_, k) => {
    const [row, column] = [Math.floor(k / width), k % width];
    const inside = row >= top && row < height - bottom && column >= left && column < width - right;
    return inside ? 0 : beyond;
  });
  return constant(data, [1, 1, height, width]);
}

/** x with a border that no maximum picks. */
export const paddedForMax = (x: Tensor, window: Window): Tensor =>
  isPadded(window) ? add(pad2d(x, window.padding), borderOf(x, window.padding)) : x;
