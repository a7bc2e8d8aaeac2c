/** @file 16-bit floating-point numbers, which JavaScript has no array for. */

/** IEEE 754 half → number: sign, 5 bits of exponent (bias 15), 10 bits of fraction. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Little-endian halves → f32, exactly. */
export function halvesToFloat32(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length >> 1 }, (_, index) =>
    halfToNumber(view.getUint16(2 * index, true)),
  );
}

/** Little-endian bfloat16, the upper halves of f32 → f32, exactly. */
export function bfloat16ToFloat32(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const bits = Uint32Array.from(
    { length: bytes.length >> 1 },
    (_, index) => view.getUint16(2 * index, true) << 16,
  );
  return new Float32Array(bits.buffer);
}

/** The half nearest to a number, ties to even; beyond ±65504 infinite. */
export function roundToHalf(value: number): number {
  const size = Math.abs(value);
  if (!(size < 65520)) return Number.isNaN(value) ? NaN : Math.sign(value) * Infinity;
  // The logarithm may be rounded to the wrong side of a power of two.
  let exponent = Math.max(-14, Math.floor(Math.log2(Math.max(size, 2 ** -14))));
  if (2 ** exponent > size && exponent > -14) exponent--;
  else if (2 ** (exponent + 1) <= size) exponent++;
  const unit = 2 ** (exponent - 10);
  const steps = size / unit;
  const down = Math.floor(steps);
  const rest = steps - down;
  const up = rest > 0.5 || (rest === 0.5 && down % 2 === 1);
  return (value < 0 || Object.is(value, -0) ? -1 : 1) * (down + (up ? 1 : 0)) * unit;
}
