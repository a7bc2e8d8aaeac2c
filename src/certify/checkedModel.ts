/** @file A model's file in the checker: its bytes, and the graph that was compiled of them last. */
import { readModel } from '../check/files/readModel.ts';
import { compileGraph } from '../check/graph/compile.ts';
import type { Graph } from '../check/graph/graph.ts';
import type { Property } from '../check/property/property.ts';

/** Kept by whoever keeps the model: many questions are asked about it. */
export interface CheckedModel {
  /** Of the ONNX file, not compressed. */
  readonly bytes: Uint8Array;
  readonly name: string | undefined;
  /** @throws CheckFailure where the checker does not understand the model */
  readonly graph: (normalization: Property['normalization']) => Graph;
}

export function checkedModel(bytes: Uint8Array, name?: string): CheckedModel {
  let last: { readonly normalization: string; readonly graph: Graph } | undefined;
  return {
    bytes,
    name,
    graph(given) {
      const normalization = JSON.stringify(given ?? null);
      if (last?.normalization !== normalization) {
        last = { normalization, graph: compileGraph(readModel(bytes), given) };
      }
      return last.graph;
    },
  };
}
