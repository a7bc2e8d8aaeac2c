/** @file The plain interpreter: runs a program in f64, slowly and obviously; the reference for everything faster. */
import type { PlainValue, Primitive } from './primitives/definition.ts';
import { primitives, isFunction, type FunctionName } from './primitives/table.ts';
import { programNodes } from './program.ts';
import { shapeText, sizeOf } from './shape.ts';
import { isOp, type Program, type Tensor } from './tensor.ts';

/** Elements of an argument, any numeric list. */
export type Elements = ArrayLike<number>;

/**
 * Runs a program.
 * @param feeds elements of each input, in order, row-major
 * @returns elements of each output, f64; booleans as 0/1
 */
export function interpret(program: Program, feeds: readonly Elements[]): Float64Array[] {
  const values = new Map<Tensor, PlainValue>();
  program.inputs.forEach((node, i) => {
    const data = Float64Array.from(feeds[i]);
    if (data.length !== sizeOf(node.shape))
      throw new RangeError(
        `input ${node.attributes.name} needs ${shapeText(node.shape)}, was given ${data.length} elements`,
      );
    values.set(node, { data, shape: node.shape });
  });
  const loops = new Map<Tensor, Float64Array[]>();
  for (const node of programNodes(program)) {
    if (node.op === 'input') continue;
    const inputs = node.inputs.map((i) => values.get(i)!);
    if (isOp(node, 'constant'))
      values.set(node, { data: Float64Array.from(node.attributes.data), shape: node.shape });
    else if (isOp(node, 'loop')) {
      loops.set(node, runLoop(node, inputs));
      values.set(node, { data: new Float64Array(1), shape: [] });
    } else if (isOp(node, 'loopResult')) {
      values.set(node, { data: loops.get(node.inputs[0])![node.attributes.index], shape: node.shape });
    } else values.set(node, { data: evaluate(node, inputs), shape: node.shape });
  }
  return program.outputs.map((o) => values.get(o)!.data);
}

/** One primitive on plain values. */
export function evaluate(node: Tensor, inputs: readonly PlainValue[]): Float64Array {
  if (!isFunction(node.op)) throw new Error(`${node.op} has no value of its own`);
  const primitive = primitives[node.op] as Primitive<FunctionName>;
  return primitive.evaluate(inputs, node.attributes, node);
}

function runLoop(node: Tensor<'loop'>, inputs: readonly PlainValue[]): Float64Array[] {
  const { count, body, carried } = node.attributes;
  let state = inputs.slice(0, carried).map((v) => v.data);
  const captured = inputs.slice(carried).map((v) => v.data);
  for (let step = 0; step < count; step++) state = interpret(body, [[step], ...state, ...captured]);
  return state;
}
