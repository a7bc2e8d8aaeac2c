/** @file Simplification: identities removed, constants folded, equal nodes shared, dead nodes dropped. */
import { constant } from './apply.ts';
import { evaluate } from './interpret.ts';
import { isFunction } from './primitives/table.ts';
import { rebuild } from './program.ts';
import { sameShape, sizeOf } from './shape.ts';
import {
  createTensor,
  isOp,
  type ConstantData,
  type PrimitiveName,
  type Program,
  type Tensor,
} from './tensor.ts';

/** Constants that grow (an expanded scalar, say) are folded only up to this many elements. */
const smallConstant = 4096;

/** The same program, smaller. Semantics in exact arithmetic are unchanged. */
export function simplify(program: Program): Program {
  const seen = new Map<string, Tensor>();
  const outputs = rebuild(program.outputs, (node, inputs) => {
    const plain = withoutIdentity(node, inputs) ?? node;
    if (plain !== node) return plain;
    const next = simplifyNode(node, inputs);
    // Before folding, so that equal functions of constants are computed, and kept, once.
    const asked = keyOf(next);
    let known = seen.get(asked);
    if (!known) {
      const folded = fold(next) ?? next;
      const key = keyOf(folded);
      known = seen.get(key) ?? folded;
      seen.set(key, known).set(asked, known);
    }
    return known;
  });
  return { ...program, outputs };
}

function simplifyNode(node: Tensor, inputs: readonly Tensor[]): Tensor {
  if (isOp(node, 'loop')) {
    const body = simplify(node.attributes.body);
    return createTensor('loop', inputs, { ...node.attributes, body }, node);
  }
  const same = inputs.every((i, k) => i === node.inputs[k]);
  return same ? node : createTensor(node.op, inputs, node.attributes, node);
}

const scalarValue = (t: Tensor): number | undefined =>
  isOp(t, 'constant') && t.attributes.data.length === 1 ? t.attributes.data[0] : undefined;

/** The constant behind expand and reshape of a scalar. */
function uniformValue(t: Tensor): number | undefined {
  let node = t;
  while (node.op === 'expand' || node.op === 'reshape') node = node.inputs[0]!;
  return scalarValue(node);
}

/** Operations of two operands that do nothing to one beside this number; its places among the operands. */
const neutral: Partial<Record<PrimitiveName, readonly [number, ...(0 | 1)[]]>> = {
  add: [0, 1, 0],
  sub: [0, 1],
  mul: [1, 1, 0],
  div: [1, 1],
};

/** The input that a node merely repeats, if it does. */
function withoutIdentity(node: Tensor, inputs: readonly Tensor[]): Tensor | undefined {
  const [a] = inputs;
  switch (node.op) {
    case 'alias':
    case 'stopGradient':
    case 'customGradient':
      return a;
    case 'reshape':
    case 'expand':
    case 'slice':
    case 'pad':
      return sameShape(a.shape, node.shape) ? a : undefined;
    case 'permute':
      return isOp(node, 'permute') && node.attributes.order.every((o, i) => o === i) ? a : undefined;
    case 'cast':
      return a.dtype === node.dtype ? a : undefined;
    default: {
      const [number, ...places] = neutral[node.op] ?? [0];
      const place = places.find(
        (i) => uniformValue(inputs[i]) === number && sameShape(inputs[1 - i].shape, node.shape),
      );
      return place === undefined ? undefined : inputs[1 - place];
    }
  }
}

/** Value of a function of constants, unless it would grow beyond reason. */
function fold(node: Tensor): Tensor | undefined {
  if (!isFunction(node.op) || node.inputs.length === 0 || !node.inputs.every((i) => i.op === 'constant')) {
    return mergeLayout(node);
  }
  const size = sizeOf(node.shape);
  const given = node.inputs.reduce((n, i) => n + sizeOf(i.shape), 0);
  if (size > given && size > smallConstant) return undefined;
  const inputs = node.inputs.map((i) => ({
    data: Float64Array.from((i as Tensor<'constant'>).attributes.data),
    shape: i.shape,
  }));
  return constant(typed(evaluate(node, inputs), node), node.shape);
}

function typed(data: Float64Array, { dtype }: Tensor): ConstantData {
  if (dtype === 'int32') return Int32Array.from(data);
  return dtype === 'bool' ? Uint8Array.from(data) : data;
}

/** reshape of reshape, permute of permute. */
function mergeLayout(node: Tensor): Tensor | undefined {
  const inner = node.inputs[0];
  if (!inner) return undefined;
  if (isOp(node, 'reshape') && inner.op === 'reshape')
    return sameShape(inner.inputs[0].shape, node.shape)
      ? inner.inputs[0]
      : createTensor('reshape', inner.inputs, node.attributes, node);
  if (isOp(node, 'permute') && isOp(inner, 'permute')) {
    const order = node.attributes.order.map((o) => inner.attributes.order[o]);
    if (order.every((o, i) => o === i)) return inner.inputs[0];
    return createTensor('permute', inner.inputs, { order }, node);
  }
  return undefined;
}

const dataIds = new WeakMap<object, number>();
let nextDataId = 0;

function identityOf(value: object): number {
  let id = dataIds.get(value);
  if (id === undefined) dataIds.set(value, (id = nextDataId++));
  return id;
}

/** Equal keys mean equal values. Small constants compare by content, large ones and functions by identity. */
function keyOf(node: Tensor): string {
  const inputs = node.inputs.map((i) => i.id).join(',');
  if (isOp(node, 'constant')) {
    const { data } = node.attributes;
    const content =
      data.length <= 16
        ? Array.from(data, (v) => (Object.is(v, -0) ? '-0' : v)).join(',')
        : `#${identityOf(data)}`;
    return `constant ${node.dtype} ${node.shape.join(',')} ${content}`;
  }
  if (node.op === 'input' || node.op === 'loop') return `${node.op} ${node.id}`;
  return `${node.op} ${inputs} ${JSON.stringify(node.attributes)} ${node.shape.join(',')}`;
}
