/** @file What numbers of inputs and labels may be: everything else is refused when it is read, by its place. */
import { UserError } from '../../formats/userError.ts';
import { outsideOf, pixelDomain, rangeText, valueAt, type InputDomain } from '../domain.ts';
import type { OwnPart } from './form.ts';

/** `[1,0,4]`: an element of an image by its indices. */
function placeOf(at: number, shape: readonly number[]): string {
  const indices = shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    return Math.floor(at / stride) % shape[axis];
  });
  return `[${indices.join(',')}]`;
}

const short = (value: number): string => String(Number(value.toPrecision(7)));

/** Least and largest finite value, and whether all are finite. */
export function extentOf(values: ArrayLike<number | bigint>): {
  least: number;
  largest: number;
  isFinite: boolean;
} {
  let [least, largest, isFinite] = [Infinity, -Infinity, true];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isFinite(value)) isFinite = false;
    else {
      if (value < least) least = value;
      if (value > largest) largest = value;
    }
  }
  return { least, largest, isFinite };
}

const foundText = ({ least, largest, isFinite }: ReturnType<typeof extentOf>): string =>
  isFinite ? `; the file holds ${short(least)} … ${short(largest)}` : '';

/** Whole pixels are 0…255. @throws UserError naming the first image that is wrong, its value, and the range of the file */
export function requireBytes(
  values: ArrayLike<number | bigint>,
  shape: readonly number[],
  path: string,
): void {
  const size = values.length / shape[0];
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (value >= 0 && value <= 255) continue;
    throw new UserError(
      `${path}: image ${Math.floor(i / size)} holds ${short(value)} at ${placeOf(i % size, shape.slice(1))}, but whole pixels are ` +
        `0…255${foundText(extentOf(values))}. Write bytes (uint8), or floating-point pixels 0..1; other values are stated with ` +
        '--data-min and --data-max (data_min, data_max).',
    );
  }
}

/**
 * Values lie in the range that is valid. Others are another question: they would be clipped, and an image outside of the
 * range is an empty set of inputs.
 * @param where stands before the image, such as its file
 * @param features names of the elements
 * @throws UserError naming the first image that is wrong, its value, and the range found
 */
export function requireRange(
  { values, name }: Pick<OwnPart, 'values' | 'name'>,
  shape: readonly number[],
  domain: InputDomain,
  features?: readonly string[],
): void {
  const size = shape.reduce((a, b) => a * b, 1);
  const scale = values instanceof Uint8Array ? 255 : 1;
  for (let image = 0; image * size < values.length; image++) {
    const own = values.subarray(image * size, (image + 1) * size);
    const outside = outsideOf(domain, scale === 1 ? own : Float32Array.from(own, (v) => v / scale));
    if (!outside) continue;
    const { element, value } = outside;
    const extent = extentOf(values);
    const found = { ...extent, least: extent.least / scale, largest: extent.largest / scale };
    const place = features ? `in the column "${features[element]}"` : `at ${placeOf(element, shape)}`;
    const isPixels = !features && domain.lower?.[0] === 0 && domain.upper?.[0] === 1;
    const low = domain.lower ? valueAt(domain.lower, element, size) : -Infinity;
    const high = domain.upper ? valueAt(domain.upper, element, size) : Infinity;
    throw new UserError(
      `${name(image)} holds ${short(value)} ${place}, but ${isPixels ? 'pixels are' : 'valid is'} ${rangeText(low, high)}` +
        `${foundText(found)}. ${adviceFor(found, isPixels)}`,
    );
  }
}

function adviceFor({ least, largest, isFinite }: ReturnType<typeof extentOf>, isPixels: boolean): string {
  if (!isFinite) return 'Write the images without NaN and infinities.';
  if (!isPixels) return 'Mend the value, or widen --data-min and --data-max (data_min, data_max).';
  if (least >= 0 && largest > 1.5 && largest <= 255)
    return 'Divide by 255, or write whole numbers (uint8), which are divided here.';
  if (least > -0.001 && largest < 1.001) return 'Cut them off: numpy.clip(x, 0, 1).';
  return (
    'Undo their normalisation (x * std + mean) and give it with --mean and --std, or say which values are valid: ' +
    '--data-min and --data-max (data_min, data_max); other inputs are asked about with --vnnlib.'
  );
}

/** Labels are whole numbers from 0 on. @throws UserError naming the first image whose label is none, and its value */
export function requireLabels(data: ArrayLike<number | bigint>, path: string): void {
  for (let i = 0; i < data.length; i++) {
    const label = Number(data[i]);
    if (!(Number.isSafeInteger(label) && label >= 0))
      throw new UserError(
        `${path}: the label of image ${i} is ${label}; labels are whole numbers from 0 on, one an image.`,
      );
  }
}

/** Whether a domain is that of raw pixels. */
export const isPixelDomain = ({ lower, upper, radii }: InputDomain): boolean =>
  JSON.stringify([lower, upper, radii]) ===
  JSON.stringify([pixelDomain.lower, pixelDomain.upper, pixelDomain.radii]);
