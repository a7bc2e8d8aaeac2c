/** @file Add, Sub, Mul, Div, Sum, Neg, Max, Min and their kin. */
import { UserError } from '../../../formats/userError.ts';
import { add, div, maximum, minimum, mul, neg, sub } from '../../../tensor/index.ts';
import type { ImportSite, OnnxImporter } from '../site.ts';
import { asReal, computed, elementwise, moved, wholeTypes } from '../constants.ts';
import type { ConstantValue, LayerValue, Value } from '../value.ts';
import { maximumWith, minimumWith } from './extremes.ts';
import { addBranches, affine, relu, scalarAffine, subtractBranches } from './elementwise.ts';

type Binary<A, B> = (a: A, b: B, site: ImportSite) => Value;

/** An operation of two inputs by what they are. */
interface BinaryCases {
  readonly constants: (a: ConstantValue, b: ConstantValue) => ConstantValue;
  readonly right: Binary<LayerValue, ConstantValue>;
  readonly left: Binary<ConstantValue, LayerValue>;
  readonly branches: Binary<LayerValue, LayerValue>;
}

function dispatch(cases: BinaryCases, a: Value, b: Value, site: ImportSite): Value {
  if (a.kind === 'constant') return b.kind === 'constant' ? cases.constants(a, b) : cases.left(a, b, site);
  return b.kind === 'constant' ? cases.right(a, b, site) : cases.branches(a, b, site);
}

const binary =
  (cases: BinaryCases): OnnxImporter =>
  (site) =>
    dispatch(cases, site.value(0), site.value(1), site);

const variadic =
  (cases: BinaryCases): OnnxImporter =>
  (site) =>
    Array.from({ length: site.inputCount }, (_, i) => site.value(i)).reduce((a, b) =>
      dispatch(cases, a, b, site),
    );

const productOfBranches = (what: string): never => {
  throw new UserError(
    `${what} of two values that both depend on the input is not linear and is not supported.`,
  );
};

const addition: BinaryCases = {
  constants: elementwise(add, (a, b) => a + b),
  right: (x, c, { builder }) => affine(builder, x, { bias: c }),
  left: (c, x, { builder }) => affine(builder, x, { bias: c }),
  branches: (a, b, { builder }) => addBranches(builder, a, b),
};

const subtraction: BinaryCases = {
  constants: elementwise(sub, (a, b) => a - b),
  right: (x, c, { builder }) => affine(builder, x, { bias: moved(neg, c) }),
  left: (c, x, { builder }) => affine(builder, scalarAffine(builder, x, -1, 0), { bias: c }),
  branches: (a, b, { builder }) => subtractBranches(builder, a, b),
};

const multiplication: BinaryCases = {
  constants: elementwise(mul, (a, b) => a * b),
  right: (x, c, { builder }) => affine(builder, x, { weight: c }),
  left: (c, x, { builder }) => affine(builder, x, { weight: c }),
  branches: () => productOfBranches('the product'),
};

function reciprocal(c: ConstantValue): ConstantValue {
  if (c.data.includes(0)) throw new UserError('it divides by 0.');
  return computed((t) => div(1, t), asReal(c));
}

/** Division of whole numbers drops the fraction. */
function quotient(a: ConstantValue, b: ConstantValue): ConstantValue {
  if (wholeTypes[b.dtype] && b.data.includes(0)) throw new UserError('it divides by 0.');
  return elementwise(div, (p, q) => p / q)(a, b);
}

const division: BinaryCases = {
  constants: quotient,
  right: (x, c, { builder }) => affine(builder, x, { weight: reciprocal(c) }),
  left: () => productOfBranches('the quotient of a constant and a value, or'),
  branches: () => productOfBranches('the quotient'),
};

/** The larger, element by element. */
export const largest = elementwise(maximum, (a, b) => (a > b ? a : b));
/** The smaller, element by element. */
export const smallest = elementwise(minimum, (a, b) => (a < b ? a : b));

/** max(a,b) = b + relu(a − b). */
const larger: BinaryCases = {
  constants: largest,
  right: (x, c, { builder }) => maximumWith(builder, x, c),
  left: (c, x, { builder }) => maximumWith(builder, x, c),
  branches: (a, b, { builder }) => addBranches(builder, b, relu(builder, subtractBranches(builder, a, b))),
};

/** min(a,b) = −max(−a,−b). */
const smaller: BinaryCases = {
  constants: smallest,
  right: (x, c, { builder }) => minimumWith(builder, x, c),
  left: (c, x, { builder }) => minimumWith(builder, x, c),
  branches: (a, b, site) =>
    negated(larger.branches(negated(a, site), negated(b, site), site) as LayerValue, site),
};

const negated = (x: LayerValue, { builder }: ImportSite): LayerValue => scalarAffine(builder, x, -1, 0);

const opposite = elementwise(neg, (a) => -a);

export const arithmetic: Readonly<Record<string, OnnxImporter>> = {
  Add: binary(addition),
  Sub: binary(subtraction),
  Mul: binary(multiplication),
  Div: binary(division),
  Sum: variadic(addition),
  Max: variadic(larger),
  Min: variadic(smaller),
  Neg(site) {
    const x = site.value(0);
    return x.kind === 'constant' ? opposite(x) : negated(x, site);
  },
};
