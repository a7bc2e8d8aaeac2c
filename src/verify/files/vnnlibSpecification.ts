/** @file A VNN-LIB property as specifications: one an input box; the property holds where all are verified. */
import type { InputBox, LinearRow, UnsafeCase, VnnlibProperty } from '../../formats/vnnlib/property.ts';
import { isCounterexample } from '../../formats/vnnlib/property.ts';
import { UserError } from '../../formats/userError.ts';
import { nextSingle, withSingleSides } from '../singleSides.ts';
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
 * One specification for each distinct box and set of constraints on inputs; none where the property is empty. Strict
 * comparisons become closed ones for bounds that carry a slack: the set that is refuted then contains the asked one.
 * Counterexamples are held to the property as it was written (`isCounterexample`), within the ends asked about.
 * @throws UserError where a box reaches beyond what f32 holds
 */
export function specificationsOf(property: VnnlibProperty): Specification[] {
  const cases = property.cases.map((one) => ({ ...one, box: withSingleSides(one.box) }));
  const found = (input: Float32Array, outputs: Float32Array): boolean =>
    isCounterexample({ ...property, cases }, input, outputs);
  return groupByBox(property.cases).map(({ box, cases: own }) => {
    requireSinglePrecision(box);
    const always: OutputRow = { coefficients: new Float64Array(property.outputCount), bound: 0 };
    const [{ inputRows }] = own;
    return {
      lower: box.lower,
      upper: box.upper,
      unsafe: own.map(({ outputRows }) => (outputRows.length > 0 ? outputRows.map(rowOf) : [always])),
      ...(inputRows.length > 0 && { inputRows: inputRows.map(rowOf) }),
      ...(box.openLower.size + box.openUpper.size > 0 && { inner: innerEnds(box) }),
      isCounterexample: found,
    };
  });
}

const rowOf = ({ coefficients, bound, strict, written }: LinearRow): OutputRow => ({
  coefficients,
  bound,
  ...(strict && !written && { strict }),
});

/** The box without its open ends, which f32 numbers next to them stand for. */
function innerEnds(box: InputBox): { lower: Float64Array; upper: Float64Array } {
  const { lower, upper } = withSingleSides(box);
  const inside = (ends: Float64Array, own: Float64Array, open: ReadonlySet<number>, up: 1 | -1) =>
    ends.map((end, i) =>
      open.has(i) && end === own[i] && Math.fround(end) === end ? up * nextSingle(up * end) : end,
    );
  const ends = {
    lower: inside(lower, box.lower, box.openLower, 1),
    upper: inside(upper, box.upper, box.openUpper, -1),
  };
  // A side that holds one number alone keeps it: the replay says what it is worth.
  ends.lower.forEach((low, i) => {
    if (low > ends.upper[i]) [ends.lower[i], ends.upper[i]] = [lower[i], upper[i]];
  });
  return ends;
}

function requireSinglePrecision({ lower, upper }: InputBox): void {
  const index = lower.findIndex((low, i) => low < -largestSingle || upper[i] > largestSingle);
  if (index >= 0)
    throw new UserError(
      `The input X_${index} may lie between ${lower[index]} and ${upper[index]}, beyond what 32-bit numbers hold. Narrow it.`,
    );
}

/** Neighbouring cases share the object of an equal box; distant ones are found by content. Order of first sight. */
function groupByBox(cases: readonly UnsafeCase[]): { box: InputBox; cases: UnsafeCase[] }[] {
  const boxes = new Map<InputBox, string>();
  const groups = new Map<string, { box: InputBox; cases: UnsafeCase[] }>();
  for (const one of cases) {
    const { box, inputRows } = one;
    let content = boxes.get(box);
    if (content === undefined) {
      const open = [box.openLower, box.openUpper].map((ends) => [...ends].join(' ')).join(';');
      content = `${box.lower.join(' ')} ${box.upper.join(' ')} ${open}`;
      boxes.set(box, content);
    }
    const ties = inputRows.map((row) => `${row.coefficients.join(' ')} ${row.bound}`).join(',');
    const key = `${content} ${ties}`;
    const group = groups.get(key) ?? { box, cases: [] };
    groups.set(key, group);
    group.cases.push(one);
  }
  return [...groups.values()];
}
