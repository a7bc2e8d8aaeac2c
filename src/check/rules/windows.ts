/** @file Where the windows of convolutions and pools lie, in any number of dimensions. */
import type { Place } from '../graph/place.ts';
import { along, limited, permuted, range, sizeOf, type Value } from '../graph/value.ts';

/** By axis and window, for each place of the kernel: a place of the input; −1 in the padding, −2 beyond that. */
export type Windows = readonly (readonly (readonly number[])[])[];

/**
 * Windows of Conv, AveragePool and MaxPool (ONNX operator text): output place o, kernel place k ↦ input place
 * o·stride + k·dilation − pad. A rounded-up last window must begin before the padding at the end.
 * Those of ConvTranspose are told from its outputs: i with i·stride + k·dilation − pad = o.
 */
export function windowsOf(at: Place, kernel: readonly number[], transposed = false): Windows {
  const input = at.input(0).shape.slice(2);
  const n = input.length;
  if (n === 0 || kernel.length !== n) at.refuse('its kernel does not fit its operand');
  const list = (name: string, length: number, absent: number): readonly number[] => {
    const given = at.numbers(name) ?? Array<number>(length).fill(absent);
    return given.length === length ? given : at.refuse(`its ${name} are not ${length}`);
  };
  const [strides, dilations] = [list('strides', n, 1), list('dilations', n, 1)];
  const [pads, more] = [list('pads', 2 * n, 0), list('output_padding', n, 0)];
  const auto = at.text('auto_pad', 'NOTSET');
  const round = at.number('ceil_mode', 0) !== 0 ? Math.ceil : Math.floor;
  if (!['NOTSET', 'VALID', 'SAME_UPPER', 'SAME_LOWER'].includes(auto)) at.refuse(`its auto_pad is ${auto}`);
  if (transposed && (auto !== 'NOTSET' || at.numbers('output_shape'))) at.refuse('its padding is automatic');
  return input.map((size, axis) => {
    const [stride, dilation] = [strides[axis], dilations[axis]];
    const reach = (kernel[axis] - 1) * dilation + 1;
    let [begin, end] = auto === 'NOTSET' ? [pads[axis], pads[axis + n]] : [0, 0];
    if (auto.startsWith('SAME')) {
      /* Runtimes leave the dilation out of a pool's padding. */
      if (dilation !== 1) at.refuse('its auto_pad beside dilations');
      const needed = (Math.ceil(size / stride) - 1) * stride + reach - size;
      /* Of a pool that leaves places out, runtimes let the first window begin there, or have no such pool. */
      if (needed < 0 && at.node.op !== 'Conv') at.refuse('its auto_pad beside places that it leaves out');
      const total = Math.max(0, needed);
      begin = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
      end = total - begin;
    }
    const count = transposed
      ? stride * (size - 1) + more[axis] + reach - begin - end
      : round((size + begin + end - reach) / stride) + 1;
    if (!(count > 0 && stride > 0 && dilation > 0 && begin >= 0 && end >= 0)) at.refuse('no window fits');
    if (!transposed && (count - 1) * stride >= size + begin)
      at.refuse('a window that lies in the padding alone');
    limited(count * kernel[axis]);
    const placeOf = (o: number, k: number): number => {
      const place = transposed ? (o + begin - k * dilation) / stride : o * stride + k * dilation - begin;
      if (place >= 0 && place < size && Number.isInteger(place)) return place;
      return place < size + end ? -1 : -2;
    };
    return range(count).map((o) => range(kernel[axis]).map((k) => placeOf(o, k)));
  });
}

/** What lies under the windows, [batch, groups, windows, channels of a group · places of the kernel]; −1 where that is nothing. */
export function under(at: Place, windows: Windows, groups: number): Value {
  const x = at.input(0);
  const [batch, channels] = x.shape;
  let value: Value = { shape: x.shape, type: x.type, elements: at.builder.elementsOf(x) };
  windows.forEach((axis, a) => {
    value = along(value, a + 2, axis.flat(), -1);
  });
  const sizes = windows.flatMap((axis) => [axis.length, axis[0].length]);
  const split = { ...value, shape: [batch, groups, channels / groups, ...sizes] };
  const [places, cells] = [0, 1].map((first) => range(windows.length, 3 + first, 2));
  const { elements, shape, type } = permuted(split, [0, 1, ...places, 2, ...cells]);
  const inner = sizeOf(shape.slice(2 + windows.length));
  return {
    shape: [batch, groups, sizeOf(windows.map((axis) => axis.length)), inner],
    type,
    elements: elements!,
  };
}
