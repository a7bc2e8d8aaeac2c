/** @file Where the windows of convolutions and pools lie, in any number of dimensions. */
import type { Place } from '../graph/place.ts';
import { sizeOf, stridesOf } from '../graph/value.ts';

/** What lies under one window: places of the input (in C order over its spatial axes) and of the kernel. */
export interface Windows {
  readonly shape: number[];
  readonly under: readonly (readonly (readonly [input: number, kernel: number])[])[];
  /** Cells of the kernel at each window that lie within the padded input. */
  readonly padded: readonly number[];
}

const list = (at: Place, name: string, n: number, absent: number): readonly number[] => {
  const given = at.numbers(name) ?? Array<number>(n).fill(absent);
  return given.length === n ? given : at.refuse(`its ${name} are not ${n}`);
};

/** Every combination of one entry of each axis, in C order. */
const product = <T>(axes: readonly (readonly T[])[]): T[][] =>
  axes.reduce<T[][]>((all, axis) => all.flatMap((head) => axis.map((last) => [...head, last])), [[]]);

/**
 * Windows of Conv, AveragePool and MaxPool (ONNX operator text): output place o, kernel place k ↦ input place
 * o·stride + k·dilation − pad, where it is one. A rounded-up last window must begin before the padding at the end.
 */
export function windowsOf(at: Place, input: readonly number[], kernel: readonly number[]): Windows {
  const n = input.length;
  const [strides, dilations] = [list(at, 'strides', n, 1), list(at, 'dilations', n, 1)];
  const pads = list(at, 'pads', 2 * n, 0);
  const auto = at.text('auto_pad', 'NOTSET');
  const up = at.number('ceil_mode', 0) !== 0;
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(auto)) at.refuse(`its auto_pad is ${auto}`);
  const inputStrides = stridesOf(input);
  const kernelStrides = stridesOf(kernel);
  const axes = input.map((size, axis) => {
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const reach = (kernel[axis] - 1) * dilation + 1;
    let [begin, end] = auto === 'NOTSET' ? [pads[axis], pads[axis + n]] : [0, 0];
    if (auto.startsWith('SAME')) {
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
      begin = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      end = total - begin;
    }
    const steps = (size + begin + end - reach) / stride;
    const count = (up ? Math.ceil(steps) : Math.floor(steps)) + 1;
    if (!(count > 0 && stride > 0 && dilation > 0 && begin >= 0 && end >= 0)) at.refuse('no window fits');
    if ((count - 1) * stride >= size + begin) at.refuse('a window that lies in the padding alone');
    return Array.from({ length: count }, (_, o) =>
      Array.from({ length: kernel[axis] }, (_, k) => o * stride + k * dilation - begin)
        .map((place, k) => ({
          place,
          input: place * inputStrides[axis],
          kernel: k * kernelStrides[axis],
          size,
        }))
        .filter(({ place }) => place < size + end),
    );
  });
  const windows = product(axes).map((window) => product(window));
  return {
    shape: axes.map((axis) => axis.length),
    padded: windows.map((cells) => cells.length),
    under: windows.map((cells) =>
      cells
        .filter((cell) => cell.every(({ place, size }) => place >= 0 && place < size))
        .map(
          (cell) =>
            [cell.reduce((sum, c) => sum + c.input, 0), cell.reduce((sum, c) => sum + c.kernel, 0)] as const,
        ),
    ),
  };
}

/** Windows of ConvTranspose, told from its outputs: output place i·stride + k·dilation − pad receives input i by kernel k. */
export function transposedWindows(
  at: Place,
  input: readonly number[],
  kernel: readonly number[],
): Omit<Windows, 'padded'> {
  const n = input.length;
  const [strides, dilations] = [list(at, 'strides', n, 1), list(at, 'dilations', n, 1)];
  const [pads, more] = [list(at, 'pads', 2 * n, 0), list(at, 'output_padding', n, 0)];
  if (!['NOTSET', 'VALID'].includes(at.text('auto_pad', 'NOTSET')) || at.numbers('output_shape'))
    at.refuse('its padding is automatic');
  const cut = at.text('auto_pad', 'NOTSET') === 'VALID' ? pads.map(() => 0) : pads;
  const [inputStrides, kernelStrides] = [stridesOf(input), stridesOf(kernel)];
  const shape = input.map(
    (size, axis) =>
      strides[axis] * (size - 1) +
      more[axis] +
      (kernel[axis] - 1) * dilations[axis] +
      1 -
      cut[axis] -
      cut[axis + n],
  );
  const axes = shape.map((count, axis) =>
    Array.from({ length: count }, (_, o) =>
      Array.from({ length: kernel[axis] }, (_, k) => {
        const i = (o + cut[axis] - k * dilations[axis]) / strides[axis];
        return { i, input: i * inputStrides[axis], kernel: k * kernelStrides[axis] };
      }).filter(({ i }) => Number.isInteger(i) && i >= 0 && i < input[axis]),
    ),
  );
  const under = product(axes).map((window) =>
    product(window).map(
      (cell) =>
        [cell.reduce((sum, c) => sum + c.input, 0), cell.reduce((sum, c) => sum + c.kernel, 0)] as const,
    ),
  );
  return { shape, under };
}

/** Batch, channels and spatial sizes of an operand. */
export function imageShape(
  at: Place,
  shape: readonly number[],
): { batch: number; channels: number; spatial: readonly number[]; places: number } {
  if (shape.length < 3) at.refuse('its operand has no spatial axes');
  const [batch, channels, ...spatial] = shape;
  return { batch, channels, spatial, places: sizeOf(spatial) };
}
