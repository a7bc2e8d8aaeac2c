/** @file The validator: a program is well formed before anything runs it. */
import type { Primitive } from './primitives/definition.ts';
import { isFunction, primitives, type FunctionName } from './primitives/table.ts';
import { programNodes } from './program.ts';
import { sameShape, sizeOf } from './shape.ts';
import { isOp, type Program, type Tensor } from './tensor.ts';

/**
 * Checks that every node's shape and type follow from its inputs, that all inputs are declared,
 * that constants fill their shapes and that loop bodies give back what they carry.
 * @throws Error naming the node
 */
export function validate(program: Program): void {
  const declared = new Set<Tensor>(program.inputs);
  if (declared.size !== program.inputs.length) throw new Error('a program names one of its inputs twice');
  if (program.outputs.length !== program.outputNames.length) throw new Error('every output needs a name');
  for (const node of programNodes(program)) {
    if (node.op === 'input') {
      if (!declared.has(node)) throw new Error(`input ${node.id} is used but not declared`);
    } else if (isOp(node, 'constant')) {
      if (node.attributes.data.length !== sizeOf(node.shape))
        throw new Error(`constant ${node.id} does not fill its shape`);
    } else if (isOp(node, 'loop')) validateLoop(node);
    else if (isOp(node, 'loopResult')) validateLoopResult(node);
    else if (isFunction(node.op)) {
      const primitive = primitives[node.op] as Primitive<FunctionName>;
      const spec = primitive.infer(node.inputs, node.attributes);
      if (!sameShape(spec.shape, node.shape) || spec.dtype !== node.dtype)
        throw new Error(`${node.op} ${node.id} does not have the shape or type it should`);
    }
  }
}

function validateLoop(node: Tensor<'loop'>): void {
  const { body, carried } = node.attributes;
  validate(body);
  if (body.inputs.length !== node.inputs.length + 1)
    throw new Error(`loop ${node.id}: the body has other inputs than the loop`);
  node.inputs.forEach((input, i) => {
    const inner = body.inputs[i + 1];
    if (!sameShape(inner.shape, input.shape) || inner.dtype !== input.dtype)
      throw new Error(`loop ${node.id}: input ${i} changes its shape`);
  });
  for (let i = 0; i < carried; i++)
    if (!sameShape(body.outputs[i].shape, node.inputs[i].shape))
      throw new Error(`loop ${node.id}: carried value ${i} changes its shape`);
}

function validateLoopResult(node: Tensor<'loopResult'>): void {
  const owner = node.inputs[0];
  if (!isOp(owner, 'loop') || node.attributes.index >= owner.attributes.carried)
    throw new Error(`loopResult ${node.id} belongs to no loop`);
}
