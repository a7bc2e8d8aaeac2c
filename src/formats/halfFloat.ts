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
