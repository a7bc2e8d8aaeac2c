/** @file loop: a body run a fixed number of times inside one program. */
import { input } from './apply.ts';
import { TraceError } from './primitives/definition.ts';
import { rebuild, topologicalOrder } from './program.ts';
import { sameShape } from './shape.ts';
import { createTensor, int32, isTensor, type Program, type Tensor } from './tensor.ts';
import { flattenTree, mapTree } from './tree.ts';

/**
 * Runs `body(carried, step)` `count` times, feeding its result back; step is int32 [], counting from 0.
 * The body may use any outer tensor; what does not depend on the carried values is computed once, outside.
 * Not differentiable: take gradients inside the body.
 * @throws TraceError where the body changes a shape or type
 */
export function loop<C>(count: number, initial: C, body: (carried: C, step: Tensor) => C): C {
  const start = flattenTree(initial, isTensor);
  const step = input('step', int32([]));
  const carried = start.map((l) => input(l.path || 'carried', l.value));
  const byLeaf = new Map(start.map((l, i) => [l.path, carried[i]]));
  const results = flattenTree(
    body(mapTree(initial, isTensor, (_, path) => byLeaf.get(path)!) as C, step),
    isTensor,
  );
  start.forEach((leaf, i) => {
    const out = results[i];
    if (
      !out ||
      results.length !== start.length ||
      out.path !== leaf.path ||
      out.value.dtype !== leaf.value.dtype ||
      !sameShape(out.value.shape, leaf.value.shape)
    )
      throw new TraceError(
        `loop: the body must return what it is given; '${leaf.path}' changes its shape, type or place`,
      );
  });
  const { program, captured } = closeOver(
    [step, ...carried],
    results.map((r) => r.value),
  );
  const node = createTensor(
    'loop',
    [...start.map((l) => l.value), ...captured],
    { count, body: program, carried: start.length },
    { shape: [], dtype: 'float32' },
  );
  const made = new Map(
    start.map((l, index) => [l.path, createTensor('loopResult', [node], { index }, l.value)]),
  );
  return mapTree(initial, isTensor, (_, path) => made.get(path)!) as C;
}

/** Turns outer tensors that the body uses into further inputs; constants stay inside. */
function closeOver(
  inputs: readonly Tensor<'input'>[],
  outputs: readonly Tensor[],
): { program: Program; captured: Tensor[] } {
  const inside = new Set<Tensor>(inputs);
  const order = topologicalOrder(outputs);
  for (const node of order) if (node.inputs.some((i) => inside.has(i))) inside.add(node);
  const placeholders = new Map<Tensor, Tensor<'input'>>();
  const capture = (node: Tensor): Tensor => {
    if (inside.has(node) || node.op === 'constant') return node;
    let placeholder = placeholders.get(node);
    if (!placeholder) placeholders.set(node, (placeholder = input(`captured${placeholders.size}`, node)));
    return placeholder;
  };
  const wanted = [...inside].filter((n) => n.op !== 'input');
  for (const node of wanted) node.inputs.forEach(capture);
  outputs.forEach(capture);
  const rebuilt = rebuild(outputs, (node) => (inside.has(node) ? undefined : capture(node)));
  return {
    program: {
      inputs: [...inputs, ...placeholders.values()],
      outputs: rebuilt,
      outputNames: outputs.map((_, i) => `carried${i}`),
    },
    captured: [...placeholders.keys()],
  };
}
