/** @file Brings planes of pixels to another size: bilinear, smoothing where they become smaller. */

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
      Math.max(0, 1 - Math.abs((first + k + 0.5 - center) / support)),
    );
    const sum = raw.reduce((a, b) => a + b, 0);
    return { first, shares: raw.map((w) => w / sum) };
  });
}

/**
 * Planes of another size, rounded to whole pixels after rows and after columns, as PIL's BILINEAR does.
 * @param planes [count, height, width]
 */
export function resizePlanes(
  planes: Uint8Array,
  [height, width]: readonly [number, number],
  [newHeight, newWidth]: readonly [number, number],
): Uint8Array {
  if (height === newHeight && width === newWidth) return planes;
  const count = planes.length / (height * width);
  const rows = new Uint8Array(count * height * newWidth);
  weights(width, newWidth).forEach(({ first, shares }, x) => {
    for (let y = 0; y < count * height; y++) {
      const sum = shares.reduce((total, share, k) => total + share * planes[y * width + first + k], 0);
      rows[y * newWidth + x] = Math.round(sum);
    }
  });
  const out = new Uint8Array(count * newHeight * newWidth);
  weights(height, newHeight).forEach(({ first, shares }, y) => {
    for (let plane = 0; plane < count; plane++)
      for (let x = 0; x < newWidth; x++) {
        const sum = shares.reduce(
          (total, share, k) => total + share * rows[(plane * height + first + k) * newWidth + x],
          0,
        );
        out[(plane * newHeight + y) * newWidth + x] = Math.round(sum);
      }
  });
  return out;
}
