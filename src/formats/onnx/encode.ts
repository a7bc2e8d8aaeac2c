/** @file An ONNX model → the bytes of a .onnx file. */
import protobuf from 'protobufjs/minimal.js';
import { bytesOf } from '../ndArray.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import { attributeType, dtypeCode, field } from './schema.ts';

type Writer = protobuf.Writer;

/** Wire types of protobuf. */
const varint = 0;
const delimited = 2;
const fixed32 = 5;

function tag(writer: Writer, number: number, wire: number): Writer {
  return writer.uint32(number * 8 + wire);
}

function writeString(writer: Writer, number: number, value: string): void {
  tag(writer, number, delimited).string(value);
}

/** As int64, clamped to its range: f64 cannot hold 2^63 − 1, and 2^63 itself would wrap around. */
function writeInt(writer: Writer, number: number, value: number): void {
  tag(writer, number, varint);
  if (value >= 2 ** 63) writer.int64('9223372036854775807');
  else if (value <= -(2 ** 63)) writer.int64('-9223372036854775808');
  else writer.int64(value);
}

function writeMessage<T>(
  writer: Writer,
  number: number,
  write: (writer: Writer, value: T) => void,
  value: T,
): void {
  tag(writer, number, delimited).fork();
  write(writer, value);
  writer.ldelim();
}

function writeTensor(writer: Writer, tensor: OnnxTensor): void {
  const f = field.tensor;
  for (const size of tensor.dims) writeInt(writer, f.dims, size);
  writeInt(writer, f.dataType, dtypeCode[tensor.dtype]);
  if (tensor.name !== '') writeString(writer, f.name, tensor.name);
  tag(writer, f.rawData, delimited).bytes(tensor.rawData);
}

function writeAttribute(writer: Writer, [name, value]: [string, OnnxAttribute]): void {
  const f = field.attribute;
  writeString(writer, f.name, name);
  const kind = Object.keys(value)[0] as keyof typeof attributeType;
  writeInt(writer, f.type, attributeType[kind]);
  if ('int' in value) writeInt(writer, f.int, value.int);
  else if ('float' in value) tag(writer, f.float, fixed32).float(value.float);
  else if ('string' in value) writeString(writer, f.string, value.string);
  else if ('tensor' in value) writeMessage(writer, f.tensor, writeTensor, value.tensor);
  else if ('graph' in value) writeMessage(writer, f.graph, writeGraph, value.graph);
  else if ('ints' in value) for (const item of value.ints) writeInt(writer, f.ints, item);
  else if ('floats' in value) for (const item of value.floats) tag(writer, f.floats, fixed32).float(item);
  else for (const item of value.strings) writeString(writer, f.strings, item);
}

function writeNode(writer: Writer, node: OnnxNode): void {
  const f = field.node;
  for (const name of node.inputs) writeString(writer, f.input, name);
  for (const name of node.outputs) writeString(writer, f.output, name);
  if (node.name !== undefined) writeString(writer, f.name, node.name);
  writeString(writer, f.opType, node.opType);
  for (const entry of Object.entries(node.attributes ?? {})) {
    writeMessage(writer, f.attribute, writeAttribute, entry);
  }
  if (node.domain !== undefined) writeString(writer, f.domain, node.domain);
}

function writeDimension(writer: Writer, size: number | string): void {
  if (typeof size === 'number') writeInt(writer, field.dimension.value, size);
  else if (size !== '') writeString(writer, field.dimension.param, size);
}

function writeShape(writer: Writer, dims: readonly (number | string)[]): void {
  for (const size of dims) writeMessage(writer, field.shape.dim, writeDimension, size);
}

function writeTensorType(writer: Writer, info: OnnxValueInfo): void {
  writeInt(writer, field.tensorType.elemType, dtypeCode[info.dtype]);
  if (info.dims !== undefined) writeMessage(writer, field.tensorType.shape, writeShape, info.dims);
}

function writeType(writer: Writer, info: OnnxValueInfo): void {
  writeMessage(writer, field.type.tensor, writeTensorType, info);
}

function writeValueInfo(writer: Writer, info: OnnxValueInfo): void {
  writeString(writer, field.valueInfo.name, info.name);
  writeMessage(writer, field.valueInfo.type, writeType, info);
}

function writeGraph(writer: Writer, graph: OnnxGraph): void {
  const f = field.graph;
  for (const node of graph.nodes) writeMessage(writer, f.node, writeNode, node);
  writeString(writer, f.name, graph.name);
  for (const tensor of graph.initializers) writeMessage(writer, f.initializer, writeTensor, tensor);
  for (const info of graph.inputs) writeMessage(writer, f.input, writeValueInfo, info);
  for (const info of graph.outputs) writeMessage(writer, f.output, writeValueInfo, info);
  for (const info of graph.valueInfos ?? []) writeMessage(writer, f.valueInfo, writeValueInfo, info);
}

/**
 * The bytes of a .onnx file. Weights are copied as whole blocks, never element by element.
 * Nothing is validated here: ONNX Runtime checks the graph when it is loaded.
 */
export function encodeModel(model: OnnxModel): Uint8Array {
  const f = field.model;
  const writer = protobuf.Writer.create();
  writeInt(writer, f.irVersion, model.irVersion);
  if (model.producerName !== undefined) writeString(writer, f.producerName, model.producerName);
  if (model.producerVersion !== undefined) writeString(writer, f.producerVersion, model.producerVersion);
  writeMessage(writer, f.graph, writeGraph, model.graph);
  for (const entry of Object.entries(model.opsets)) {
    writeMessage(writer, f.opsetImport, writeOperatorSet, entry);
  }
  for (const entry of Object.entries(model.metadata ?? {})) {
    writeMessage(writer, f.metadataProps, writeStringEntry, entry);
  }
  return bytesOf(writer.finish());
}

function writeOperatorSet(writer: Writer, [domain, version]: [string, number]): void {
  writeString(writer, field.operatorSet.domain, domain);
  writeInt(writer, field.operatorSet.version, version);
}

function writeStringEntry(writer: Writer, [key, value]: [string, string]): void {
  writeString(writer, field.stringEntry.key, key);
  writeString(writer, field.stringEntry.value, value);
}
