/** @file Program: a static graph from named inputs to named outputs, and how to walk and rebuild it. */
import { createTensor, type Program, type Tensor } from './tensor.ts';

/** All nodes the given ones depend on, inputs before users; iterative, so depth is no limit. */
export function topologicalOrder(roots: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, 'open' | 'done'>();
  const stack: Tensor[] = [];
  for (const root of roots) {
    stack.push(root);
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      const seen = state.get(node);
      if (seen === 'done') {
        stack.pop();
      } else if (seen === 'open') {
        state.set(node, 'done');
        order.push(node);
        stack.pop();
      } else {
        state.set(node, 'open');
        for (let i = node.inputs.length - 1; i >= 0; i--) {
          const input = node.inputs[i];
          if (!state.has(input)) stack.push(input);
        }
      }
    }
  }
  return order;
}

/** Nodes of a program in execution order (loop bodies are their own programs). Unused inputs come first. */
export function programNodes(program: Program): Tensor[] {
  const order = topologicalOrder(program.outputs);
  const seen = new Set(order);
  return [...program.inputs.filter((i) => !seen.has(i)), ...order];
}

/**
 * Rebuilds the graphs under `roots`, replacing nodes.
 * @param replace called with a node and its already rebuilt inputs; returns the replacement,
 *   or undefined to keep the node (copied only if an input changed).
 */
export function rebuild(
  roots: readonly Tensor[],
  replace: (node: Tensor, inputs: readonly Tensor[]) => Tensor | undefined,
): Tensor[] {
  const made = new Map<Tensor, Tensor>();
  for (const node of topologicalOrder(roots)) {
    const inputs = node.inputs.map((i) => made.get(i)!);
    let next = replace(node, inputs);
    if (next === undefined) {
      const same = inputs.every((i, k) => i === node.inputs[k]);
      next = same ? node : createTensor(node.op, inputs, node.attributes, node);
    }
    made.set(node, next);
  }
  return roots.map((r) => made.get(r)!);
}
