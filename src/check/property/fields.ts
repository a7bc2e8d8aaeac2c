/** @file The property that a certificate speaks of: a VNN-LIB text, the ball around an image, or a box of numbers. */
import type { Certificate, Tensor } from '../certificate/certificate.ts';
import type { PropertyFields } from '../certificate/metadata.ts';
import { CheckFailure } from '../failure.ts';
import type { Property, Row } from './property.ts';
import { add, enclose, isLess, minusOne, multiply, quotient, rationalOf, type Rational } from './rational.ts';
import { readVnnlib } from './vnnlib.ts';

function malformed(what: string): never {
  throw new CheckFailure('property-fields', `The certificate's property: ${what}.`);
}

function tensorsOf({ tensors }: Pick<Certificate, 'tensors'>, names: readonly string[]): Tensor[] {
  if (tensors.size !== names.length) malformed(`${tensors.size} tensors where ${names.length} belong to it`);
  return names.map((name) => tensors.get(name) ?? malformed(`the tensor '${name}' is missing`));
}

type Kind<K extends PropertyFields['kind']> = Extract<PropertyFields, { kind: K }>;

function normalizationOf({ mean, std }: Kind<'image' | 'box'>): Pick<Property, 'normalization'> {
  if (mean && std) return { normalization: { mean, std } };
  return mean || std ? malformed('a mean without a deviation, or the reverse') : {};
}

/** The points within ε of the image and within the range of pixels; the label's output is to exceed those of the targets. */
function imageProperty(fields: Kind<'image'>, { values: image }: Tensor): Property {
  const { label, classes, norm } = fields;
  if (classes > 1 << 20) malformed(`${classes} classes`);
  const targets = fields.targets ?? [...Array(classes).keys()].filter((j) => j !== label);
  const known = new Set([label, ...targets]);
  if (targets.length === 0 || known.size <= targets.length || ![...known].every((j) => j < classes))
    malformed(`label ${label} and targets ${targets.join()} of ${classes} classes`);
  const [epsilon, least, most] = [fields.epsilon, ...fields.range].map(quotient);
  if (epsilon.n < 0n || isLess(most, least)) malformed('a radius below 0, or a range without a pixel');
  const ends = Array.from(image, (pixel): readonly [Rational, Rational] => {
    const [low, high] = [multiply(epsilon, minusOne), epsilon].map((by) => add(rationalOf(pixel), by));
    const end = [isLess(low, least) ? least : low, isLess(most, high) ? most : high] as const;
    return isLess(end[1], end[0]) ? malformed('a pixel further from its range than the radius') : end;
  });
  const unsafe = targets.map((j): Row[] => {
    const coefficients = new Float64Array(classes);
    [coefficients[label], coefficients[j]] = [1, -1];
    return [{ coefficients, bound: 0 }];
  });
  const set = {
    lower: Float64Array.from(ends, ([low]) => enclose(low)[0]),
    upper: Float64Array.from(ends, ([, high]) => enclose(high)[1]),
    ...(norm !== 'linf' && { ball: { norm, center: image, radius: enclose(epsilon)[1] } }),
    unsafe,
  };
  return { sets: [set], outputs: classes, ...normalizationOf(fields) };
}

function boxProperty(fields: Kind<'box'>, tensors: readonly Tensor[]): Property {
  const { conjunctions } = fields;
  const [lower, upper, rows, bounds] = tensors.map(({ values }) => values);
  const count = conjunctions.reduce((sum, size) => sum + size, 0);
  const outputs = tensors[2].shape[1];
  if (
    lower.length !== upper.length ||
    bounds.length !== count ||
    tensors[2].shape[0] !== count ||
    rows.length !== count * outputs
  )
    malformed('tensors of other sizes');
  if (lower.some((low, i) => low > upper[i])) malformed('an empty box');
  let at = 0;
  const unsafe = conjunctions.map((size) =>
    Array.from({ length: size }, (): Row => {
      const coefficients = rows.subarray(at * outputs, (at + 1) * outputs);
      return { coefficients, bound: bounds[at++] };
    }),
  );
  return { sets: [{ lower, upper, unsafe }], outputs, ...normalizationOf(fields) };
}

/**
 * @param vnnlib the text whose hash the certificate has, where its property is one
 * @throws CheckFailure property-fields, and those of `readVnnlib`
 */
export function propertyOf(
  certificate: Pick<Certificate, 'property' | 'tensors'>,
  vnnlib?: string,
): Property {
  const { property } = certificate;
  switch (property.kind) {
    case 'vnnlib':
      tensorsOf(certificate, []);
      return readVnnlib(vnnlib ?? malformed('its VNN-LIB file is missing'));
    case 'image':
      return imageProperty(property, tensorsOf(certificate, ['image'])[0]);
    case 'box':
      return boxProperty(property, tensorsOf(certificate, ['lower', 'upper', 'rows', 'bounds']));
  }
}
