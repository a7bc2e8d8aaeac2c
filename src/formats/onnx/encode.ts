/** @file An ONNX model → the bytes of a .onnx file. */
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import { attributeType, dtypeCode, fields } from './schema.ts';
import { bytes, float, inner, int, text, written, type Writer } from './write.ts';

function tensor(writer: Writer, { dims, dtype, name, rawData }: OnnxTensor): void {
  int(writer, fields.tensor.dims, dims);
  int(writer, fields.tensor.dataType, [dtypeCode[dtype]]);
  text(writer, fields.tensor.name, [name || undefined]);
  bytes(writer, fields.tensor.rawData, [rawData]);
}

function attribute(writer: Writer, [name, value]: readonly [string, OnnxAttribute]): void {
  const field = fields.attribute;
  text(writer, field.name, [name]);
  for (const kind in value) int(writer, field.type, [attributeType[kind as keyof typeof attributeType]]);
  if ('int' in value) int(writer, field.int, [value.int]);
  else if ('ints' in value) int(writer, field.ints, value.ints);
  else if ('float' in value) float(writer, field.float, [value.float]);
  else if ('floats' in value) float(writer, field.floats, value.floats);
  else if ('string' in value) text(writer, field.string, [value.string]);
  else if ('strings' in value) text(writer, field.strings, value.strings);
  else if ('tensor' in value) inner(writer, field.tensor, [value.tensor], tensor);
  else inner(writer, field.graph, [value.graph], graph);
}

function node(writer: Writer, { inputs, outputs, name, opType, attributes = {}, domain }: OnnxNode): void {
  text(writer, fields.node.input, inputs);
  text(writer, fields.node.output, outputs);
  text(writer, fields.node.name, [name]);
  text(writer, fields.node.opType, [opType]);
  inner(writer, fields.node.attribute, Object.entries(attributes), attribute);
  text(writer, fields.node.domain, [domain]);
}

function dimension(writer: Writer, size: number | string): void {
  if (typeof size === 'number') int(writer, fields.dimension.value, [size]);
  else text(writer, fields.dimension.param, [size || undefined]);
}

const shape = (writer: Writer, dims: readonly (number | string)[]): void =>
  inner(writer, fields.shape.dim, dims, dimension);

function tensorType(writer: Writer, { dtype, dims }: OnnxValueInfo): void {
  int(writer, fields.tensorType.elemType, [dtypeCode[dtype]]);
  inner(writer, fields.tensorType.shape, [dims], shape);
}

function valueInfo(writer: Writer, value: OnnxValueInfo): void {
  text(writer, fields.valueInfo.name, [value.name]);
  inner(writer, fields.valueInfo.type, [value], (type) =>
    inner(type, fields.type.tensor, [value], tensorType),
  );
}

function graph(
  writer: Writer,
  { nodes, name, initializers, inputs, outputs, valueInfos = [] }: OnnxGraph,
): void {
  inner(writer, fields.graph.node, nodes, node);
  text(writer, fields.graph.name, [name]);
  inner(writer, fields.graph.initializer, initializers, tensor);
  inner(writer, fields.graph.input, inputs, valueInfo);
  inner(writer, fields.graph.output, outputs, valueInfo);
  inner(writer, fields.graph.valueInfo, valueInfos, valueInfo);
}

/**
 * The bytes of a .onnx file. Weights are copied as whole blocks, never element by element.
 * Nothing is validated here: ONNX Runtime checks the graph when it is loaded.
 */
export const encodeModel = ({ opsets, metadata = {}, ...model }: OnnxModel): Uint8Array =>
  written((writer) => {
    int(writer, fields.model.irVersion, [model.irVersion]);
    text(writer, fields.model.producerName, [model.producerName]);
    text(writer, fields.model.producerVersion, [model.producerVersion]);
    inner(writer, fields.model.graph, [model.graph], graph);
    inner(writer, fields.model.opsetImport, Object.entries(opsets), (opset, [domain, version]) => {
      text(opset, fields.operatorSet.domain, [domain]);
      int(opset, fields.operatorSet.version, [version]);
    });
    inner(writer, fields.model.metadataProps, Object.entries(metadata), (entry, [key, value]) => {
      text(entry, fields.stringEntry.key, [key]);
      text(entry, fields.stringEntry.value, [value]);
    });
  });
