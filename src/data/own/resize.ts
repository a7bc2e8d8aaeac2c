/** @file Brings planes of pixels to another size: bilinear, smoothing where they become smaller; bit for bit as PIL does. */

/** Shares are whole multiples of 2^−22, as PIL's are. */
const unit = 2 ** 22;

/** For each pixel of a line, the first old pixel that it takes from, and shares of those from there on. */
function weights(from: number, to: number): { readonly first: number; readonly shares: Float64Array }[] {
  const scale = from / to;
  // A triangle as wide as two new pixels, or two old ones where those are wider.
  const support = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const raw = Float64Array.from({ length: end - first }, (_w, k) =>
      Math.max(0, 1 - Math.abs((first + k - center + 0.5) / support)),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, shares: raw.map((w) => Math.trunc(0.5 + (w / sum) * unit)) };
  });
}

/** Lines of `length` pixels that are `stride` apart, each to another length. */
function resizeLines(
  pixels: Uint8Array,
  { outer, length, stride }: { readonly outer: number; readonly length: number; readonly stride: number },
  to: number,
): Uint8Array {
  const out = new Uint8Array(outer * to * stride);
  weights(length, to).forEach(({ first, shares }, at) => {
    for (let line = 0; line < outer; line++)
      for (let i = 0; i < stride; i++) {
        let sum = unit / 2;
        for (let k = 0; k < shares.length; k++)
          sum += shares[k] * pixels[(line * length + first + k) * stride + i];
        out[(line * to + at) * stride + i] = Math.min(255, Math.floor(sum / unit));
      }
  });
  return out;
}

/**
 * Planes of another size, rounded to whole pixels after rows and after columns: PIL's BILINEAR.
 * @param planes [count, height, width]
 */
export function resizePlanes(
  planes: Uint8Array,
  [height, width]: readonly [number, number],
  [newHeight, newWidth]: readonly [number, number],
): Uint8Array {
  if (height === newHeight && width === newWidth) return planes;
  const count = planes.length / (height * width);
  const rows =
    width === newWidth
      ? planes
      : resizeLines(planes, { outer: count * height, length: width, stride: 1 }, newWidth);
  return height === newHeight
    ? rows
    : resizeLines(rows, { outer: count, length: height, stride: newWidth }, newHeight);
}
