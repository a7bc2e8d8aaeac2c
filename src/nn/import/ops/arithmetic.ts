/** @file Add, Sub, Mul, Div, Sum, Neg, Max, Min and their kin. */
import { UserError } from '../../../formats/userError.ts';
import { add, div, maximum, minimum, mul, neg, sub, type Tensor } from '../../../tensor/index.ts';
import type { ImportSite, OnnxImporter } from '../site.ts';
import { fold, type ConstantValue, type LayerValue, type Value } from '../value.ts';
import { addBranches, affine, relu, scalarAffine, subtractBranches } from './elementwise.ts';

type Binary<A, B> = (a: A, b: B, site: ImportSite) => Value;

/** An operation of two inputs by what they are. */
interface BinaryCases {
  readonly constants: (a: Tensor, b: Tensor) => Tensor;
  readonly right: Binary<LayerValue, ConstantValue>;
  readonly left: Binary<ConstantValue, LayerValue>;
  readonly branches: Binary<LayerValue, LayerValue>;
}

function dispatch(cases: BinaryCases, a: Value, b: Value, site: ImportSite): Value {
  if (a.kind === 'constant')
    return b.kind === 'constant' ? fold(cases.constants, a, b) : cases.left(a, b, site);
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
  constants: add,
  right: (x, c, { builder }) => affine(builder, x, { bias: c }),
  left: (c, x, { builder }) => affine(builder, x, { bias: c }),
  branches: (a, b, { builder }) => addBranches(builder, a, b),
};

const subtraction: BinaryCases = {
  constants: sub,
  right: (x, c, { builder }) => affine(builder, x, { bias: fold(neg, c) }),
  left: (c, x, { builder }) => affine(builder, scalarAffine(builder, x, -1, 0), { bias: c }),
  branches: (a, b, { builder }) => subtractBranches(builder, a, b),
};

const multiplication: BinaryCases = {
  constants: mul,
  right: (x, c, { builder }) => affine(builder, x, { weight: c }),
  left: (c, x, { builder }) => affine(builder, x, { weight: c }),
  branches: () => productOfBranches('the product'),
};

const division: BinaryCases = {
  constants: div,
  right: (x, c, { builder }) =>
    affine(builder, x, { weight: fold((t) => div(1, t), { ...c, integer: false }) }),
  left: () => productOfBranches('the quotient of a constant and a value, or'),
  branches: () => productOfBranches('the quotient'),
};

/** max(a,b) = b + relu(a − b). */
const larger: BinaryCases = {
  constants: maximum,
  right: (x, c, { builder }) =>
    affine(builder, relu(builder, affine(builder, x, { bias: fold(neg, c) })), { bias: c }),
  left: (c, x, site) => larger.right(x, c, site),
  branches: (a, b, { builder }) => addBranches(builder, b, relu(builder, subtractBranches(builder, a, b))),
};

/** min(a,b) = −max(−a,−b). */
const smaller: BinaryCases = {
  constants: minimum,
  right: (x, c, site) => negated(larger.right(negated(x, site), fold(neg, c), site) as LayerValue, site),
  left: (c, x, site) => smaller.right(x, c, site),
  branches: (a, b, site) =>
    negated(larger.branches(negated(a, site), negated(b, site), site) as LayerValue, site),
};

const negated = (x: LayerValue, { builder }: ImportSite): LayerValue => scalarAffine(builder, x, -1, 0);

/** Division of whole numbers drops the fraction. */
const quotient: OnnxImporter = (site) => {
  const result = binary(division)(site) as Value;
  return result.kind === 'constant' && result.integer
    ? { ...result, data: result.data.map(Math.trunc) }
    : result;
};

export const arithmetic: Readonly<Record<string, OnnxImporter>> = {
  Add: binary(addition),
  Sub: binary(subtraction),
  Mul: binary(multiplication),
  Div: quotient,
  Sum: variadic(addition),
  Max: variadic(larger),
  Min: variadic(smaller),
  Neg(site) {
    const x = site.value(0);
    return x.kind === 'constant' ? fold(neg, x) : negated(x, site);
  },
};
