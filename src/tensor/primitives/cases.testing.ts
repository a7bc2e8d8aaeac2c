/** @file One or more small cases for every primitive: the common suite runs gradients and engine over them. */
import { apply, constant } from '../apply.ts';
import * as ops from '../operations/index.ts';
import { loop } from '../loop.ts';
import type { Shape } from '../shape.ts';
import type { PrimitiveName, Tensor } from '../tensor.ts';

/** A function of float inputs that exercises one primitive. */
export interface PrimitiveCase {
  readonly name: string;
  readonly op: PrimitiveName;
  readonly inputs: readonly { readonly shape: Shape; readonly values: Float64Array }[];
  readonly build: (...inputs: Tensor[]) => Tensor;
  /** false where the function is piecewise constant or not differentiable by design */
  readonly differentiable: boolean;
}

/** Deterministic values in ±(0.2..1.2), away from kinks at 0 and from ties. */
function spreadValues(shape: Shape, salt: number): Float64Array {
  const size = shape.reduce((a, b) => a * b, 1);
  return Float64Array.from({ length: size }, (_, i) => {
    const u = Math.abs(Math.sin((i + 1) * 12.9898 + salt * 78.233) * 43758.5453) % 1;
    return (u < 0.5 ? -1 : 1) * (0.2 + ((u * 7919) % 1));
  });
}

interface Options {
  readonly positive?: boolean;
  readonly differentiable?: boolean;
}

function define(
  name: string,
  op: PrimitiveName,
  shapes: readonly Shape[],
  build: PrimitiveCase['build'],
  options: Options = {},
): PrimitiveCase {
  const inputs = shapes.map((shape, k) => {
    const values = spreadValues(shape, k + name.length);
    return { shape, values: options.positive ? values.map(Math.abs) : values };
  });
  return { name, op, inputs, build, differentiable: options.differentiable ?? true };
}

const unaries = ['neg', 'abs', 'sign', 'exp', 'tanh', 'sigmoid', 'relu'] as const;
const binaries = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const;
const comparisons = ['gt', 'ge', 'lt', 'le', 'eq'] as const;

const geometries = [
  { name: 'stride 1', options: { padding: 1 }, kernel: [3, 3] },
  { name: 'stride 2', options: { stride: 2, padding: 1 }, kernel: [4, 4] },
  { name: 'stride 2, asymmetric', options: { stride: 2, padding: [0, 1, 2, 1] as const }, kernel: [3, 2] },
  { name: 'dilated', options: { dilation: 2, padding: 2 }, kernel: [3, 3] },
  { name: 'unpadded, stride (2,1)', options: { stride: [2, 1] as const }, kernel: [2, 3] },
] as const;

function convCases(): PrimitiveCase[] {
  return geometries.flatMap(({ name, options, kernel }) => {
    const geometry = ops.convGeometry(options);
    const size = [6, 7] as const;
    const probe = ops.conv2d(ops.zeros([2, 2, ...size]), ops.zeros([3, 2, ...kernel]), undefined, options);
    return [
      define(`conv2d ${name}`, 'conv2d', [[2, 2, ...size], [3, 2, ...kernel], [3]], (x, w, b) =>
        ops.conv2d(x, w, b, options),
      ),
      define(`convTranspose2d ${name}`, 'convTranspose2d', [probe.shape, [3, 2, ...kernel]], (g, w) =>
        ops.convTranspose2d(g, w, size, options),
      ),
      define(`convWeightGrad ${name}`, 'convWeightGrad', [[2, 2, ...size], probe.shape], (x, g) =>
        apply('convWeightGrad', [x, g], { ...geometry, kernel: [kernel[0], kernel[1]] }),
      ),
    ];
  });
}

function groupedConvCases(): PrimitiveCase[] {
  const options = { groups: 2, stride: 2, padding: 1 };
  const geometry = ops.convGeometry(options);
  return [
    define(
      'conv2d grouped',
      'conv2d',
      [
        [2, 4, 6, 6],
        [6, 2, 3, 3],
      ],
      (x, w) => ops.conv2d(x, w, undefined, options),
    ),
    define(
      'convTranspose2d grouped',
      'convTranspose2d',
      [
        [2, 6, 3, 3],
        [6, 2, 3, 3],
      ],
      (g, w) => ops.convTranspose2d(g, w, [6, 6], options),
    ),
    define(
      'convWeightGrad grouped',
      'convWeightGrad',
      [
        [2, 4, 6, 6],
        [2, 6, 3, 3],
      ],
      (x, g) => apply('convWeightGrad', [x, g], { ...geometry, kernel: [3, 3] }),
    ),
  ];
}

const index = constant(Int32Array.of(2, 0, 2, 1));
const alongIndex = constant(Int32Array.of(1, 0, 2, 2, 1, 1), [2, 3]);

/** At least one case for each primitive that computes. */
export const primitiveCases: readonly PrimitiveCase[] = [
  ...unaries.map((op) => define(op, op, [[2, 3]], (x) => ops[op](x))),
  define('log', 'log', [[2, 3]], ops.log, { positive: true }),
  define('sqrt', 'sqrt', [[2, 3]], ops.sqrt, { positive: true }),
  define('pow 3', 'pow', [[2, 3]], (x) => ops.pow(x, 3)),
  define('pow -0.5', 'pow', [[2, 3]], (x) => ops.pow(x, -0.5), { positive: true }),
  ...binaries.flatMap((op) => [
    define(
      op,
      op,
      [
        [2, 3],
        [2, 3],
      ],
      (a, b) => ops[op](a, b),
    ),
    define(
      `${op} broadcast`,
      op,
      [
        [2, 1, 3],
        [4, 1],
      ],
      (a, b) => ops[op](a, b),
    ),
    define(`${op} scalar`, op, [[2, 3]], (a) => ops[op](a, 0.7)),
  ]),
  ...comparisons.map((op) =>
    define(
      op,
      op,
      [
        [2, 3],
        [2, 3],
      ],
      (a, b) => ops.indicator(ops[op](a, b)),
      { differentiable: false },
    ),
  ),
  define(
    'logicalAnd',
    'logicalAnd',
    [
      [2, 3],
      [2, 3],
    ],
    (a, b) => ops.indicator(ops.logicalAnd(ops.gt(a, 0), ops.gt(b, 0))),
    { differentiable: false },
  ),
  define(
    'logicalOr',
    'logicalOr',
    [
      [2, 3],
      [2, 3],
    ],
    (a, b) => ops.indicator(ops.logicalOr(ops.gt(a, 0), ops.gt(b, 0))),
    { differentiable: false },
  ),
  define('logicalNot', 'logicalNot', [[2, 3]], (a) => ops.indicator(ops.logicalNot(ops.gt(a, 0))), {
    differentiable: false,
  }),
  define('cast', 'cast', [[2, 3]], (a) => ops.cast(ops.cast(ops.mul(a, 10), 'int32'), 'float32'), {
    differentiable: false,
  }),
  define('where', 'where', [[2, 3], [2, 3], [3]], (c, a, b) => ops.where(ops.gt(c, 0), a, b)),
  define('alias', 'alias', [[2, 3]], (x) => apply('alias', [x], {})),
  define('stopGradient', 'stopGradient', [[2, 3]], (x) =>
    ops.mul(x, ops.stopGradient(ops.exp(constant(0.3)))),
  ),
  define('customGradient', 'customGradient', [[2, 3]], (x) =>
    ops.customGradient(ops.mul(x, x), [x], (g, [s]) => [ops.mul(g, ops.mul(s, 2))]),
  ),
  define('reshape', 'reshape', [[2, 6]], (x) => ops.reshape(x, [3, -1])),
  define('permute', 'permute', [[2, 3, 4]], (x) => ops.permute(x, [2, 0, 1])),
  define('expand', 'expand', [[2, 1, 3]], (x) => ops.expand(x, [4, 2, 5, 3])),
  define(
    'cat',
    'cat',
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    (a, b, c) => ops.cat([a, b, c], 1),
  ),
  define('slice', 'slice', [[5, 7]], (x) => ops.sliceAxis(ops.sliceAxis(x, 1, 1, 6, 2), 0, 2, 5)),
  define('flip', 'flip', [[2, 3, 4]], (x) => ops.flip(x, [0, 2])),
  define('pad', 'pad', [[2, 3]], (x) =>
    apply('pad', [x], { before: [1, 0], after: [0, 2], interior: [0, 0] }),
  ),
  define('pad interior', 'pad', [[2, 3, 3]], (x) =>
    apply('pad', [x], { before: [0, 1, 0], after: [0, 0, 2], interior: [0, 1, 2] }),
  ),
  define('sum', 'sum', [[2, 3, 4]], (x) => ops.sum(x, [0, 2])),
  define('sum per channel', 'sum', [[2, 3, 4, 5]], (x) => ops.sum(x, [0, 2, 3])),
  define('sum all', 'sum', [[2, 3]], (x) => ops.sum(x)),
  define('sum kept', 'sum', [[2, 3]], (x) => ops.sum(x, 1, true)),
  define('amax', 'amax', [[2, 3, 4]], (x) => ops.amax(x, [1, 2])),
  define('argmax', 'argmax', [[4, 5]], (x) => ops.cast(ops.argmax(x, 1), 'float32'), {
    differentiable: false,
  }),
  define(
    'matmul',
    'matmul',
    [
      [3, 4],
      [4, 2],
    ],
    ops.matmul,
  ),
  define(
    'matmul transposed',
    'matmul',
    [
      [3, 4],
      [2, 4],
    ],
    (a, b) => ops.matmul(a, ops.transpose(b, 0, 1)),
  ),
  define(
    'matmul batched',
    'matmul',
    [
      [2, 1, 3, 4],
      [5, 4, 2],
    ],
    ops.matmul,
  ),
  ...convCases(),
  ...groupedConvCases(),
  define('channelAffine', 'channelAffine', [[2, 3, 2, 2], [3], [3]], ops.channelAffine),
  define('channelAffine rows', 'channelAffine', [[4, 3], [3], [3]], ops.channelAffine),
  define('indexSelect', 'indexSelect', [[2, 3, 2]], (x) => ops.indexSelect(x, 1, index)),
  define('indexAdd', 'indexAdd', [[2, 4, 2]], (x) => ops.indexAdd(x, 1, index, 5)),
  define('takeAlongDim', 'takeAlongDim', [[2, 3]], (x) => ops.takeAlongDim(x, 1, alongIndex)),
  define('putAlongDim', 'putAlongDim', [[2, 3]], (x) =>
    apply('putAlongDim', [x, alongIndex], { axis: 1, size: 4 }),
  ),
  define(
    'loop',
    'loop',
    [[2, 3], [3]],
    (x, y) =>
      loop(3, { a: x, b: y }, ({ a, b }, step) => ({
        a: ops.add(ops.mul(a, ops.exp(y)), ops.cast(step, 'float32')),
        b: ops.tanh(ops.add(b, ops.sum(a, 0))),
      })).a,
    { differentiable: false },
  ),
  define(
    'loopResult',
    'loopResult',
    [[3]],
    (x) => loop(2, { a: x, b: ops.mul(x, 2) }, ({ a, b }) => ({ a: b, b: ops.add(a, b) })).b,
    { differentiable: false },
  ),
];
