/** @file A model's bytes with more of its values as outputs. */
import { bytesOf } from '../ndArray.ts';
import { fields } from './schema.ts';
import { inner, text, written } from './write.ts';

/**
 * The file's own bytes, untouched, and behind them a second part of its graph: protobuf joins the two. So other readers
 * read all but the outputs as they read the file itself. Types and shapes are left for them to infer.
 * @param names values of the graph that are no outputs yet
 */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  if (names.length === 0) return bytes;
  const added = written((model) =>
    inner(model, fields.model.graph, [names], (graph) =>
      inner(graph, fields.graph.output, names, (output, name) => text(output, fields.valueInfo.name, [name])),
    ),
  );
  return bytesOf(Buffer.concat([bytes, added]));
}
