/** @file What numbers of images, labels and radii may be: everything else is refused when it is read, by its place. */
import type { NdArray } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';

/** `[1,0,4]`: an element of an image by its indices. */
function placeOf(at: number, shape: readonly number[]): string {
  const indices = shape.map((_, axis) => {
    const stride = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
    return Math.floor(at / stride) % shape[axis];
  });
  return `[${indices.join(',')}]`;
}

/**
 * Floating-point pixels lie in 0..1, whole ones in 0…255. Others are another question: normalised features and raw bytes
 * in floating point would be clipped to the pixel range, and an image outside it is an empty set of inputs.
 * @throws UserError naming the first image that is wrong, its value, and the range of the file
 */
export function requirePixels({ data, dtype, shape }: NdArray, path: string): void {
  const isFloat = dtype.startsWith('float');
  const most = isFloat || dtype === 'bool' ? 1 : 255;
  let bad = -1;
  let [least, largest] = [Infinity, -Infinity];
  let isFinite = true;
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (bad < 0 && !(value >= 0 && value <= most)) bad = i;
    if (!Number.isFinite(value)) isFinite = false;
    else if (value < least) least = value;
    if (Number.isFinite(value) && value > largest) largest = value;
  }
  if (bad < 0) return;
  const size = data.length / shape[0];
  const short = (value: number): string => String(Number(value.toPrecision(7)));
  const where = `image ${Math.floor(bad / size)} holds ${short(Number(data[bad]))} at ${placeOf(bad % size, shape.slice(1))}`;
  const expected = isFloat ? 'pixels are 0..1' : 'whole pixels are 0…255';
  const range = isFinite ? `; the file holds ${short(least)} … ${short(largest)}` : '';
  throw new UserError(
    `${path}: ${where}, but ${expected}${range}. ${adviceFor(isFloat, isFinite, least, largest)}`,
  );
}

function adviceFor(isFloat: boolean, isFinite: boolean, least: number, largest: number): string {
  if (!isFinite) return 'Write the images without NaN and infinities.';
  if (!isFloat) return 'Write bytes (uint8), or floating-point pixels 0..1.';
  if (least >= 0 && largest > 1.5 && largest <= 255)
    return 'Divide by 255, or write whole numbers (uint8), which are divided here.';
  if (least > -0.001 && largest < 1.001) return 'Cut them off: numpy.clip(x, 0, 1).';
  return 'Undo their normalisation (x * std + mean) and give it with --mean and --std; other inputs are asked about with --vnnlib.';
}

/** Labels are whole numbers from 0 on. @throws UserError naming the first image whose label is none, and its value */
export function requireLabels({ data }: NdArray, path: string): void {
  for (let i = 0; i < data.length; i++) {
    const label = Number(data[i]);
    if (!(Number.isSafeInteger(label) && label >= 0))
      throw new UserError(
        `${path}: the label of image ${i} is ${label}; labels are whole numbers from 0 on, one an image.`,
      );
  }
}

/** @throws UserError naming the first image whose radius is no number from 0 on */
export function requireRadii(radii: Float64Array, path: string): void {
  const bad = radii.findIndex((radius) => !(radius >= 0 && radius < Infinity));
  if (bad >= 0)
    throw new UserError(`${path}: the radius of image ${bad} is ${radii[bad]}; expected a number from 0 on.`);
}
