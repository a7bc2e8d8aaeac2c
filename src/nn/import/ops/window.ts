/** @file The sliding window of Conv, ConvTranspose and the poolings: kernel, stride, padding, dilation. */
import { UserError } from '../../../formats/userError.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { Pair, Window as LayerWindow } from '../../layers/window.ts';
import { ints, word, type Site, type ValuesOf } from '../operator.ts';
import type { LayerValue } from '../value.ts';

export interface Window extends LayerWindow {
  readonly dilation: Pair;
}

export const windowAttributes = {
  auto_pad: word('NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  kernel_shape: ints,
  pads: ints,
  strides: ints,
};

/** A signal [1,C,L] or image [1,C,H,W] as an image; signals have height 1. */
export function asImage({ builder }: Site, x: LayerValue): { image: LayerValue; signal: boolean } {
  const { shape } = x;
  if (shape.length !== 3 && shape.length !== 4)
    throw new UserError(`${shapeText(shape)} is neither [1,C,L] nor [1,C,H,W].`);
  if (shape[0] !== 1)
    throw new UserError(
      `its batch axis has length ${shape[0]}; only models for one input at a time are supported.`,
    );
  const signal = shape.length === 3;
  return { image: builder.withLayout(x, signal ? [shape[1], 1, shape[2]] : shape.slice(1)), signal };
}

/** The result's shape as ONNX sees it. */
export const imageShape = ([channels, height, width]: readonly number[], signal: boolean): number[] =>
  signal ? [1, channels, width] : [1, channels, height, width];

/** A list of one number an axis as vertical and horizontal; signals have `otherwise` vertically. */
export function pairOf(values: readonly number[] | undefined, signal: boolean, otherwise: number): Pair {
  if (values === undefined) return [otherwise, otherwise];
  if (values.length !== (signal ? 1 : 2))
    throw new UserError(`[${values.join(',')}] does not give one number for each of ${signal ? 1 : 2} axes.`);
  return signal ? [otherwise, values[0]] : [values[0], values[1]];
}

/**
 * A node's window.
 * @param kernelOfWeight for convolutions: spatial lengths of the weights
 */
export function windowOf(
  given: ValuesOf<typeof windowAttributes> & { readonly dilations?: readonly number[] | undefined },
  size: Pair,
  signal: boolean,
  kernelOfWeight?: readonly number[],
): Window {
  const { auto_pad: mode, kernel_shape = kernelOfWeight } = given;
  if (!kernel_shape) throw new UserError('its kernel_shape is missing.');
  const kernel = pairOf(kernel_shape, signal, 1);
  const stride = pairOf(given.strides, signal, 1);
  const dilation = pairOf(given.dilations, signal, 1);
  if (mode === 'VALID') return { kernel, stride, dilation, padding: [0, 0, 0, 0] };
  if (mode === 'NOTSET') return { kernel, stride, dilation, padding: paddingOf(given.pads, signal) };
  const total = size.map((n, axis) => {
    const count = Math.ceil(n / stride[axis]);
    const needed = (count - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - n;
    /* ONNX Runtime moves the windows of such a pool, or has none. */
    if (needed < 0 && !kernelOfWeight)
      throw new UserError(`its auto_pad ${mode} with strides [${stride}] leaves elements out.`);
    return Math.max(0, needed);
  }) as [number, number];
  return { kernel, stride, dilation, padding: sharedPadding(total, mode) };
}

/** Half on each side, the odd one at the end (upper) or the beginning (lower). */
export function sharedPadding(total: Pair, mode: string): Window['padding'] {
  const less = total.map((n) => Math.floor(n / 2));
  const more = total.map((n, axis) => n - less[axis]);
  const [first, last] = mode === 'SAME_UPPER' ? [less, more] : [more, less];
  return [first[0], first[1], last[0], last[1]];
}

/** ONNX pads [begins…, ends…] as [top, left, bottom, right]. */
function paddingOf(pads: readonly number[] | undefined, signal: boolean): Window['padding'] {
  if (!pads) return [0, 0, 0, 0];
  if (pads.some((n) => n < 0)) throw new UserError(`its pads [${pads.join(',')}] are negative.`);
  if (pads.length !== (signal ? 2 : 4))
    throw new UserError(`its pads [${pads.join(',')}] do not give two numbers an axis.`);
  return signal ? [0, pads[0], 0, pads[1]] : [pads[0], pads[1], pads[2], pads[3]];
}
