/** @file A VNN-LIB property as specifications: one an input box; the property holds where all are verified. */
import type { InputBox, LinearRow, UnsafeCase, VnnlibProperty } from '../../formats/vnnlib/property.ts';
import { isCounterexample } from '../../formats/vnnlib/property.ts';
import { UserError } from '../../formats/userError.ts';
import { withSingleSides } from '../singleSides.ts';
import type { OutputRow, Specification } from '../specification.ts';

/** Sizes of a model, with the shapes that messages name. */
export interface ModelSizes {
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A shape without axes of length 1: a batch axis may or may not be written. */
const essential = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join('×');

/**
 * @param names how messages call the two files
 * @throws UserError where the property speaks of another number or shape of inputs or outputs than the model has
 */
export function requireMatch(
  property: VnnlibProperty,
  model: ModelSizes,
  names: { readonly property: string; readonly model: string },
): void {
  const sides = [
    ['input', 'X', property.inputCount, property.inputShape, model.inputShape],
    ['output', 'Y', property.outputCount, property.outputShape, model.outputShape],
  ] as const;
  for (const [what, letter, declared, declaredShape, shape] of sides) {
    const takes = `the model ${names.model} has ${count(shape)} (shape [${shape.join(',')}])`;
    if (declared !== count(shape))
      throw new UserError(
        `${names.property}: it declares ${declared} ${what}s (${letter}_0 … ${letter}_${declared - 1}), but ${takes}. ` +
          'Is it the specification of another model?',
      );
    if (declaredShape && essential(declaredShape) !== essential(shape))
      throw new UserError(
        `${names.property}: it declares the ${what} with the shape [${declaredShape.join(',')}], but ${takes}. ` +
          'Is it the specification of another model?',
      );
  }
}

const largestSingle = 3.4028234663852886e38;

/**
 * Closed rows and boxes, one specification for each distinct box. Strict comparisons become closed ones, and rows
 * on several inputs are left out: the set that is refuted then contains the asked one, so proofs stay sound.
 * Counterexamples are held to the property as it was written (`isCounterexample`).
 * @throws UserError where a box reaches beyond what f32 holds
 */
export function specificationsOf(property: VnnlibProperty): Specification[] {
  const cases = property.cases.map((one) => ({ ...one, box: withSingleSides(one.box) }));
  const found = (input: Float32Array, outputs: Float32Array): boolean =>
    isCounterexample({ ...property, cases }, input, outputs);
  return groupByBox(property.cases).map(({ box, cases: own }) => {
    requireSinglePrecision(box);
    return {
      lower: box.lower,
      upper: box.upper,
      unsafe: own.map(({ outputRows }) => outputRows.map(closedRow)),
      isCounterexample: found,
    };
  });
}

const closedRow = ({ coefficients, bound }: LinearRow): OutputRow => ({ coefficients, bound });

function requireSinglePrecision({ lower, upper }: InputBox): void {
  const index = lower.findIndex((low, i) => low < -largestSingle || upper[i] > largestSingle);
  if (index >= 0)
    throw new UserError(
      `The input X_${index} may lie between ${lower[index]} and ${upper[index]}, beyond what 32-bit numbers hold. Narrow it.`,
    );
}

/** Neighbouring cases share the object of an equal box; distant ones are found by content. Order of first sight. */
function groupByBox(cases: readonly UnsafeCase[]): { box: InputBox; cases: UnsafeCase[] }[] {
  const byObject = new Map<InputBox, { box: InputBox; cases: UnsafeCase[] }>();
  const byContent = new Map<string, { box: InputBox; cases: UnsafeCase[] }>();
  for (const one of cases) {
    let group = byObject.get(one.box);
    if (!group) {
      const content = `${one.box.lower.join(' ')} ${one.box.upper.join(' ')}`;
      group = byContent.get(content) ?? { box: one.box, cases: [] };
      byContent.set(content, group);
      byObject.set(one.box, group);
    }
    group.cases.push(one);
  }
  return [...byContent.values()];
}
