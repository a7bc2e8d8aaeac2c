/** @file Drops nodes and constants that nothing needs. */
import type { OnnxGraph, OnnxNode } from './model.ts';

/** Names a node reads, those read by its loop body from outside included. */
function namesRead(node: OnnxNode): string[] {
  const bodies = Object.values(node.attributes ?? {}).flatMap((value) =>
    'graph' in value ? [value.graph] : [],
  );
  return [
    ...node.inputs,
    ...bodies.flatMap((body) => [...body.nodes.flatMap(namesRead), ...body.outputs.map((o) => o.name)]),
  ];
}

/** The nodes that lead to the named values, in their order. */
export function liveNodes(nodes: readonly OnnxNode[], wanted: readonly string[]): OnnxNode[] {
  const needed = new Set(wanted);
  const live: OnnxNode[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i];
    if (!node.outputs.some((name) => needed.has(name))) continue;
    live.push(node);
    for (const name of namesRead(node)) needed.add(name);
  }
  return live.reverse();
}

/** The graph without initializers that no node (of it or of a loop body in it) reads. */
export function withoutUnusedConstants(graph: OnnxGraph): OnnxGraph {
  const read = new Set([...graph.nodes.flatMap(namesRead), ...graph.outputs.map((o) => o.name)]);
  return { ...graph, initializers: graph.initializers.filter((tensor) => read.has(tensor.name)) };
}
