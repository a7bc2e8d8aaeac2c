/** @file The one table of gradients: for each primitive, cotangent of the result → cotangents of the inputs. */
import { apply } from './apply.ts';
import { div, eq, ge, gt, indicator, le, mul, neg, pow, sign, sub, where } from './operations/arithmetic.ts';
import {
  expand,
  flip,
  indexSelect,
  permute,
  reshape,
  takeAlongDim,
  transpose,
  zeros,
} from './operations/layout.ts';
import { matmul } from './operations/linear.ts';
import { sum } from './operations/reduce.ts';
import { sameShape, type Shape } from './shape.ts';
import type { PrimitiveName, Tensor } from './tensor.ts';

/** Cotangents of the inputs, undefined where none flows. Only needed ones are used; the others fall away unread. */
export type GradientRule<K extends PrimitiveName> = (
  g: Tensor,
  node: Tensor<K>,
) => readonly (Tensor | undefined)[];

/** Adjoint of broadcasting: sums g down to the shape. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  const axes = g.shape
    .map((_, i) => i)
    .filter((i) => i < lead || (shape[i - lead] === 1 && g.shape[i] !== 1));
  const total = sum(g, axes, true);
  return reshape(total, shape);
}

/** g spread back over the reduced axes. */
function spread(g: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  return expand(
    reshape(
      g,
      x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
    ),
    x.shape,
  );
}

const none = (): undefined[] => [];

/** Choice between two operands: a takes g where the mask holds, b elsewhere. */
function choice(g: Tensor, a: Tensor, b: Tensor, mask: Tensor): Tensor[] {
  const toA = mul(g, indicator(mask));
  return [sumTo(toA, a.shape), sumTo(sub(g, toA), b.shape)];
}

const x0 = (node: Tensor): Tensor => node.inputs[0];
const x1 = (node: Tensor): Tensor => node.inputs[1];

/** Sums over batch and space: the shape of per-channel parameters. */
const perChannel = (g: Tensor): Tensor =>
  sum(
    g,
    g.shape.map((_, i) => i).filter((i) => i !== 1),
  );

export const gradientRules: { readonly [K in PrimitiveName]: GradientRule<K> } = {
  input: none,
  constant: none,
  alias: (g) => [g],
  stopGradient: none,
  customGradient: (g, node) => [undefined, ...node.attributes.vjp(g, node.inputs.slice(1), x0(node))],

  add: (g, n) => [sumTo(g, x0(n).shape), sumTo(g, x1(n).shape)],
  sub: (g, n) => [sumTo(g, x0(n).shape), sumTo(neg(g), x1(n).shape)],
  mul: (g, n) => [sumTo(mul(g, x1(n)), x0(n).shape), sumTo(mul(g, x0(n)), x1(n).shape)],
  div: (g, n) => {
    const scaled = div(g, x1(n));
    return [sumTo(scaled, x0(n).shape), sumTo(neg(mul(scaled, n)), x1(n).shape)];
  },
  maximum: (g, n) => choice(g, x0(n), x1(n), ge(x0(n), x1(n))),
  minimum: (g, n) => choice(g, x0(n), x1(n), le(x0(n), x1(n))),
  neg: (g) => [neg(g)],
  abs: (g, n) => [mul(g, sign(x0(n)))],
  sign: none,
  exp: (g, n) => [mul(g, n)],
  log: (g, n) => [div(g, x0(n))],
  sqrt: (g, n) => [div(mul(g, 0.5), n)],
  tanh: (g, n) => [mul(g, sub(1, mul(n, n)))],
  sigmoid: (g, n) => [mul(g, mul(n, sub(1, n)))],
  relu: (g, n) => [mul(g, indicator(gt(x0(n), 0)))],
  pow: (g, n) => [mul(g, mul(pow(x0(n), n.attributes.exponent - 1), n.attributes.exponent))],
  eq: none,
  gt: none,
  ge: none,
  lt: none,
  le: none,
  logicalAnd: none,
  logicalOr: none,
  logicalNot: none,
  cast: (g, n) => (n.dtype === 'float32' && x0(n).dtype === 'float32' ? [g] : []),
  where: (g, n) => [
    undefined,
    sumTo(where(x0(n), g, 0), x1(n).shape),
    sumTo(where(x0(n), 0, g), n.inputs[2].shape),
  ],

  reshape: (g, n) => [reshape(g, x0(n).shape)],
  permute: (g, n) => {
    const inverse: number[] = [];
    n.attributes.order.forEach((from, to) => (inverse[from] = to));
    return [permute(g, inverse)];
  },
  expand: (g, n) => [sumTo(g, x0(n).shape)],
  cat: (g, n) => {
    let start = 0;
    return n.inputs.map((part) => {
      const { axis } = n.attributes;
      const from = start;
      start += part.shape[axis];
      return apply('slice', [g], {
        starts: g.shape.map((_, i) => (i === axis ? from : 0)),
        ends: g.shape.map((d, i) => (i === axis ? from + part.shape[axis] : d)),
        steps: g.shape.map(() => 1),
      });
    });
  },
  slice: (g, n) => {
    const { starts, steps } = n.attributes;
    const after = x0(n).shape.map(
      (d, i) => d - starts[i] - (Math.max(0, g.shape[i] - 1) * steps[i] + Math.min(1, g.shape[i])),
    );
    return [apply('pad', [g], { before: starts, after, interior: steps.map((s) => s - 1) })];
  },
  flip: (g, n) => [flip(g, n.attributes.axes)],
  pad: (g, n) => {
    const { before, interior } = n.attributes;
    const { shape } = x0(n);
    const ends = shape.map((d, i) => before[i] + Math.max(0, d - 1) * (interior[i] + 1) + Math.min(1, d));
    return [apply('slice', [g], { starts: before, ends, steps: interior.map((s) => s + 1) })];
  },

  sum: (g, n) => [spread(g, x0(n), n.attributes.axes)],
  amax: (g, n) => {
    const x = x0(n);
    const mask = indicator(eq(x, spread(n, x, n.attributes.axes)));
    const share = div(mask, sum(mask, n.attributes.axes, true));
    return [mul(spread(g, x, n.attributes.axes), share)];
  },
  argmax: none,

  matmul: (g, n) => [
    sumTo(matmul(g, transpose(x1(n), -1, -2)), x0(n).shape),
    sumTo(matmul(transpose(x0(n), -1, -2), g), x1(n).shape),
  ],
  conv2d: (g, n) => {
    const [x, weight, bias] = n.inputs as [Tensor, Tensor, Tensor?];
    const size = [x.shape[2], x.shape[3]] as const;
    const kernel = [weight.shape[2], weight.shape[3]] as const;
    return [
      apply('convTranspose2d', [g, weight], { ...n.attributes, size }),
      apply('convWeightGrad', [x, g], { ...n.attributes, kernel }),
      bias && sum(g, [0, 2, 3]),
    ];
  },
  convTranspose2d: (ct, n) => {
    const { size: _, ...geometry } = n.attributes;
    const [g, weight] = n.inputs as [Tensor, Tensor];
    const kernel = [weight.shape[2], weight.shape[3]] as const;
    return [
      apply('conv2d', [ct, weight], geometry),
      apply('convWeightGrad', [ct, g], { ...geometry, kernel }),
    ];
  },
  convWeightGrad: (ct, n) => {
    const { kernel: _, ...geometry } = n.attributes;
    const [x, g] = n.inputs as [Tensor, Tensor];
    const size = [x.shape[2], x.shape[3]] as const;
    return [apply('convTranspose2d', [g, ct], { ...geometry, size }), apply('conv2d', [x, ct], geometry)];
  },
  channelAffine: (g, n) => {
    const [x, scale] = n.inputs as [Tensor, Tensor];
    return [apply('channelAffine', [g, scale, zeros(scale.shape)], {}), perChannel(mul(g, x)), perChannel(g)];
  },

  indexSelect: (g, n) => {
    const { axis } = n.attributes;
    return [apply('indexAdd', [g, x1(n)], { axis, size: x0(n).shape[axis] })];
  },
  indexAdd: (g, n) => [indexSelect(g, n.attributes.axis, x1(n))],
  takeAlongDim: (g, n) => {
    const { axis } = n.attributes;
    return [apply('putAlongDim', [g, x1(n)], { axis, size: x0(n).shape[axis] })];
  },
  putAlongDim: (g, n) => [takeAlongDim(g, n.attributes.axis, x1(n))],

  loop: () => {
    throw new Error('a loop cannot be differentiated: take gradients inside its body');
  },
  loopResult: (g) => [g],
};
