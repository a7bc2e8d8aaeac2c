/** @file A model's bytes with more of its values as outputs. */
import protobuf from 'protobufjs/minimal.js';
import { bytesOf } from '../ndArray.ts';
import { field } from './schema.ts';

/**
 * The file's own bytes, untouched, and behind them a second part of its graph: protobuf joins the two. So other readers
 * read all but the outputs as they read the file itself. Types and shapes are left for them to infer.
 * @param names values of the graph that are no outputs yet
 */
export function withOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  if (names.length === 0) return bytes;
  const writer = protobuf.Writer.create();
  const open = (number: number): protobuf.Writer => writer.uint32(number * 8 + 2);
  open(field.model.graph).fork();
  for (const name of names) {
    open(field.graph.output).fork();
    open(field.valueInfo.name).string(name);
    writer.ldelim();
  }
  writer.ldelim();
  return bytesOf(Buffer.concat([bytes, writer.finish()]));
}
