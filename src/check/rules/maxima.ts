/** @file The greatest of several values: MaxPool, GlobalMaxPool, Max and Min of branches. Exact in any format. Below: y ≥ z of any
 * member of the window. Above: y = z of a member whose lower bound is at least all others' upper bounds, else the greatest upper
 * bound.
 */
import type { Place } from '../graph/place.ts';
import { broadcast, sizeOf, stretched, type Value } from '../graph/value.ts';
import { extreme } from './pieces.ts';
import { imageShape, windowsOf } from './windows.ts';

/** @param windows places among the inputs, one list an output */
function greatest(
  at: Place,
  shape: readonly number[],
  inputs: Int32Array,
  windows: readonly (readonly number[])[],
): Value {
  if (windows.some(({ length }) => length === 0 || length > 255))
    at.refuse('a window of none or of more than 255');
  let end = 0;
  const start = Int32Array.of(0, ...windows.map(({ length }) => (end += length)));
  return at.builder.bend(at.name, at.node.op, shape, inputs, {
    q: new Float64Array(0),
    windows: { start, members: Int32Array.from(windows.flat()) },
  });
}

export function maxPool(at: Place): Value {
  const x = at.input(0);
  const { batch, channels, spatial, places } = imageShape(at, x.shape);
  const kernel = at.numbers('kernel_shape') ?? at.refuse('it has no kernel_shape');
  if (kernel.length !== spatial.length) at.refuse('its kernel_shape does not fit');
  const { shape, under } = windowsOf(at, spatial, kernel);
  const planes = Array.from({ length: batch * channels }, (_, plane) => plane * places);
  const windows = planes.flatMap((first) => under.map((cells) => cells.map(([place]) => first + place)));
  return greatest(at, [batch, channels, ...shape], at.builder.elementsOf(x), windows);
}

/** Values broadcast together, one behind another; output i is the greatest of their elements i. */
function ofValues(at: Place, values: readonly Value[]): Value {
  const shape = values.map((value) => value.shape).reduce(broadcast);
  const size = sizeOf(shape);
  const inputs = new Int32Array(size * values.length);
  values.forEach((value, k) => inputs.set(stretched(value, shape).elements!, k * size));
  const windows = Array.from({ length: size }, (_, i) => values.map((_v, k) => k * size + i));
  return greatest(at, shape, inputs, windows);
}

export const max = (at: Place): Value => extreme(at, 1, ofValues);
export const min = (at: Place): Value => extreme(at, -1, ofValues);
