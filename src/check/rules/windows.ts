/** @file Where the windows of convolutions and pools lie, in any number of dimensions. */
import type { Place } from '../graph/place.ts';
import { limited, range } from '../graph/value.ts';

/** Along one axis: place k of the kernel lies on a place of the input, or beyond it in the padding. */
export interface Cell {
  readonly place: number;
  readonly k: number;
}

/** By axis, the cells of every window. */
export type Axes = readonly (readonly (readonly Cell[])[])[];

/**
 * Windows of Conv, AveragePool and MaxPool (ONNX operator text): output place o, kernel place k ↦ input place
 * o·stride + k·dilation − pad. A rounded-up last window must begin before the padding at the end; cells beyond that are left out.
 * Those of ConvTranspose are told from its outputs: i with i·stride + k·dilation − pad = o.
 */
export function windowsOf(
  at: Place,
  input: readonly number[],
  kernel: readonly number[],
  transposed = false,
): Axes {
  const n = input.length;
  if (kernel.length !== n) at.refuse('its kernel does not fit its operand');
  const list = (name: string, length: number, absent: number): readonly number[] => {
    const given = at.numbers(name) ?? Array<number>(length).fill(absent);
    return given.length === length ? given : at.refuse(`its ${name} are not ${length}`);
  };
  const [strides, dilations] = [list('strides', n, 1), list('dilations', n, 1)];
  const [pads, more] = [list('pads', 2 * n, 0), list('output_padding', n, 0)];
  const auto = at.text('auto_pad', 'NOTSET');
  const up = at.number('ceil_mode', 0) !== 0;
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(auto)) at.refuse(`its auto_pad is ${auto}`);
  if (transposed && (auto !== 'NOTSET' || at.numbers('output_shape'))) at.refuse('its padding is automatic');
  return input.map((size, axis) => {
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const reach = (kernel[axis] - 1) * dilation + 1;
    let [begin, end] = auto === 'NOTSET' ? [pads[axis], pads[axis + n]] : [0, 0];
    if (auto.startsWith('SAME')) {
      /* Runtimes leave the dilation out of a pool's padding. */
      if (dilation !== 1) at.refuse('its auto_pad beside dilations');
      const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
      begin = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      end = total - begin;
    }
    const steps = (size + begin + end - reach) / stride;
    const count = transposed
      ? stride * (size - 1) + more[axis] + reach - begin - end
      : (up ? Math.ceil(steps) : Math.floor(steps)) + 1;
    if (!(count > 0 && stride > 0 && dilation > 0 && begin >= 0 && end >= 0)) at.refuse('no window fits');
    if (!transposed && (count - 1) * stride >= size + begin)
      at.refuse('a window that lies in the padding alone');
    limited(count * kernel[axis]);
    const placeOf = (o: number, k: number): number =>
      transposed ? (o + begin - k * dilation) / stride : o * stride + k * dilation - begin;
    return range(count).map((o) =>
      range(kernel[axis])
        .map((k) => ({ k, place: placeOf(o, k) }))
        .filter(({ place }) => Number.isInteger(place) && place < size + end),
    );
  });
}

/** What lies under every window, in C order: places of the input and of the kernel, padding left out. */
export function under(
  axes: Axes,
  input: readonly number[],
  kernel: readonly number[],
): [input: number, kernel: number][][] {
  let windows: [number, number][][] = [[[0, 0]]];
  axes.forEach((axis, a) => {
    const inside = axis.map((cells) => cells.filter(({ place }) => place >= 0 && place < input[a]));
    windows = windows.flatMap((window) =>
      inside.map((cells) =>
        window.flatMap(([i, j]) =>
          cells.map(({ place, k }): [number, number] => [i * input[a] + place, j * kernel[a] + k]),
        ),
      ),
    );
  });
  return windows;
}

/** Spatial sizes of an operand [batch, channels, …]. */
export function spatialOf(at: Place): readonly number[] {
  const { shape } = at.input(0);
  return shape.length < 3 ? at.refuse('its operand has no spatial axes') : shape.slice(2);
}
