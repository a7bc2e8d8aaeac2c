/** @file Operators that give constant numbers, from attributes or from shapes that are known. */
import type { Place } from '../graph/place.ts';
import { sizeOf, type Value } from '../graph/value.ts';

export function constant(at: Place): Value {
  const value = at.tensor('value');
  if (value) return { ...value, constant: value.values };
  for (const name of at.node.attributes.keys()) {
    const type = name.startsWith('value_int') ? 'int64' : 'float32';
    if (name === 'value_float' || name === 'value_int')
      return { shape: [], type, constant: Float64Array.of(at.number(name, 0)) };
    const numbers = name === 'value_floats' || name === 'value_ints' ? at.numbers(name) : undefined;
    if (numbers) return { shape: [numbers.length], type, constant: Float64Array.from(numbers) };
  }
  return at.refuse('a constant of this kind is not known');
}

export function constantOfShape(at: Place): Value {
  const shape = [...at.constant(0)];
  const value = at.tensor('value');
  const [type, fill] = value ? [value.type, value.values[0]] : (['float32', 0] as const);
  if (sizeOf(shape) > 1 << 23) at.refuse('too many numbers');
  return { shape, type, constant: new Float64Array(sizeOf(shape)).fill(fill) };
}

/** start and end (from opset 15) select axes, cut to the rank. */
export function shape(at: Place): Value {
  const sizes = at.input(0).shape;
  const cut = sizes.slice(at.number('start', 0), at.number('end', sizes.length));
  return { shape: [cut.length], type: 'int64', constant: Float64Array.from(cut) };
}
