/** @file An ONNX model → the bytes of a .onnx file. */
import { bytesOf } from '../ndArray.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import { attributeType, dtypeCode, fields } from './schema.ts';
import { bytesOfMessage, each, message, type Written } from './wire.ts';

const tensor = ({ dims, dtype, name, rawData }: OnnxTensor): Written =>
  message(fields.tensor, { dims, dataType: dtypeCode[dtype], name: name || undefined, rawData });

function attribute([name, value]: readonly [string, OnnxAttribute]): Written {
  const kind = Object.keys(value)[0] as keyof typeof attributeType;
  const head = { name, type: attributeType[kind] };
  if ('tensor' in value) return message(fields.attribute, { ...head, tensor: tensor(value.tensor) });
  if ('graph' in value) return message(fields.attribute, { ...head, graph: graph(value.graph) });
  return message(fields.attribute, { ...head, ...value });
}

const node = ({ inputs, outputs, name, opType, attributes = {}, domain }: OnnxNode): Written =>
  message(fields.node, {
    input: inputs,
    output: outputs,
    name,
    opType,
    attribute: each(Object.entries(attributes), attribute),
    domain,
  });

const dimension = (size: number | string): Written =>
  message(fields.dimension, typeof size === 'number' ? { value: size } : { param: size || undefined });

function valueInfo({ name, dtype, dims }: OnnxValueInfo): Written {
  const shape = dims && message(fields.shape, { dim: each(dims, dimension) });
  const tensorType = message(fields.tensorType, { elemType: dtypeCode[dtype], shape });
  return message(fields.valueInfo, { name, type: message(fields.type, { tensor: tensorType }) });
}

const graph = ({ nodes, name, initializers, inputs, outputs, valueInfos = [] }: OnnxGraph): Written =>
  message(fields.graph, {
    node: each(nodes, node),
    name,
    initializer: each(initializers, tensor),
    input: each(inputs, valueInfo),
    output: each(outputs, valueInfo),
    valueInfo: each(valueInfos, valueInfo),
  });

/**
 * The bytes of a .onnx file. Weights are copied as whole blocks, never element by element.
 * Nothing is validated here: ONNX Runtime checks the graph when it is loaded.
 */
export function encodeModel({ opsets, metadata = {}, ...model }: OnnxModel): Uint8Array {
  const written = message(fields.model, {
    irVersion: model.irVersion,
    producerName: model.producerName,
    producerVersion: model.producerVersion,
    graph: graph(model.graph),
    opsetImport: Object.entries(opsets).map(([domain, version]) =>
      message(fields.operatorSet, { domain, version }),
    ),
    metadataProps: Object.entries(metadata).map(([key, value]) =>
      message(fields.stringEntry, { key, value }),
    ),
  });
  return bytesOf(bytesOfMessage(written));
}
