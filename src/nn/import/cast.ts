/** @file Cast of constants from every type to every type, as ONNX says and ONNX Runtime does. */
import { roundToHalf } from '../../formats/halfFloat.ts';
import type { OnnxDtype } from '../../formats/onnx/model.ts';
import { dtypeOfCode, unreadDtypes } from '../../formats/onnx/schema.ts';
import { UserError } from '../../formats/userError.ts';
import { exactly, wholeNumbers, wholeTypes } from './constants.ts';
import type { ConstantValue } from './value.ts';

/** The type that a Cast names. @throws UserError where it is none that is read */
export function targetType(code: number): OnnxDtype {
  const dtype = dtypeOfCode.get(code);
  if (dtype) return dtype;
  throw new UserError(
    `it casts to ${unreadDtypes[code] ?? `the type number ${code}`}, which is not supported.`,
  );
}

function toWhole(c: ConstantValue, to: OnnxDtype): ConstantValue {
  // Between whole types the bits are kept and cut off.
  if (wholeTypes[c.dtype] || c.dtype === 'bool') return wholeNumbers(to, c.shape, exactly(c));
  const { bits, signed } = wholeTypes[to]!;
  const [least, beyond] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1)] : [0, 2 ** bits];
  const whole = Float64Array.from(c.data, Math.trunc);
  const outside = whole.findIndex((v) => !(v >= least && v < beyond));
  if (outside >= 0)
    throw new UserError(
      `it casts the constant ${c.data[outside]} to ${to}, which cannot hold it; the result differs between machines.`,
    );
  return { ...c, dtype: to, data: whole };
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

function toShort(c: ConstantValue, to: 'float16' | 'bfloat16'): ConstantValue {
  const data = Float64Array.from(c.data, (v) => {
    single[0] = v;
    if (to === 'float16') {
      // From f64 some round twice, by way of f32.
      const [once, twice] = [roundToHalf(v), roundToHalf(single[0])];
      if (Object.is(once, twice)) return once;
    } else if ((singleBits[0] & 0xffff) === 0 && (single[0] === v || Number.isNaN(v))) return v;
    throw new UserError(`it rounds the constant ${v} to ${to}; how is not the same everywhere.`);
  });
  return { ...c, dtype: to, data };
}

/** A constant in another type. @throws UserError where the result is not the same on all machines */
export function castConstant(c: ConstantValue, to: OnnxDtype): ConstantValue {
  if (to === c.dtype) return c;
  if (to === 'bool') return { ...c, dtype: to, data: Float64Array.from(c.data, (v) => (v === 0 ? 0 : 1)) };
  if (wholeTypes[to]) return toWhole(c, to);
  if (wholeTypes[c.dtype]) exactly(c);
  if (to === 'float16' || to === 'bfloat16') return toShort(c, to);
  return { ...c, dtype: to, data: to === 'float32' ? Float32Array.from(c.data) : Float64Array.from(c.data) };
}
