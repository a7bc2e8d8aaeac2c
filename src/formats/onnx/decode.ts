/** @file The bytes of a .onnx file → an ONNX model. */
import { inflateBudget } from '../inflate.ts';
import { UserError } from '../userError.ts';
import { decodeAttribute } from './decodeAttribute.ts';
import { decodeTensor } from './decodeTensor.ts';
import { decodeInnerValueInfo, decodeValueInfo } from './decodeValueInfo.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import {
  bytesField,
  int,
  messages,
  modelError,
  readFields,
  text,
  texts,
  type Message,
} from './readFields.ts';
import { field } from './schema.ts';

/** Subgraphs within subgraphs, at most. */
const maxGraphDepth = 32;

function decodeNode(message: Message, depth: number): OnnxNode {
  const { place } = message;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Record<string, OnnxAttribute> = {};
  let name: string | undefined;
  let domain: string | undefined;
  let overload = '';
  let opType = '';
  readFields(message, field.node, {
    input: texts(inputs),
    output: texts(outputs),
    name: text((value) => (name = value)),
    opType: text((value) => (opType = value)),
    domain: text((value) => (domain = value)),
    overload: text((value) => (overload = value)),
    attribute: messages((bytes) => {
      const [key, value] = decodeAttribute({ bytes, place: `${place}.attribute` }, (body) =>
        decodeGraph(body, depth + 1),
      );
      if (Object.hasOwn(attributes, key)) throw modelError(place, `its attribute '${key}' is given twice.`);
      // A plain assignment to '__proto__' would vanish.
      Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
    }),
  });
  if (opType === '') throw modelError(place, 'the node names no operation.');
  if (overload !== '') throw modelError(place, 'overloads of functions are not supported.');
  return {
    opType,
    inputs,
    outputs,
    attributes,
    ...(name === undefined ? {} : { name }),
    ...(domain === undefined ? {} : { domain }),
  };
}

function decodeGraph(message: Message, depth: number): OnnxGraph {
  if (depth > maxGraphDepth)
    throw modelError('graph', `more than ${maxGraphDepth} subgraphs inside each other.`);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  const valueInfos: OnnxValueInfo[] = [];
  let name = '';
  const list = <T>(into: T[], label: string, decode: (message: Message) => T | undefined) =>
    messages((bytes) => {
      const found = decode({ bytes, place: `${message.place}.${label}[${into.length}]` });
      if (found !== undefined) into.push(found);
    });
  readFields(message, field.graph, {
    node: list(nodes, 'node', (body) => decodeNode(body, depth)),
    name: text((value) => (name = value)),
    initializer: list(initializers, 'initializer', decodeTensor),
    input: list(inputs, 'input', decodeValueInfo),
    output: list(outputs, 'output', decodeValueInfo),
    valueInfo: list(valueInfos, 'value_info', decodeInnerValueInfo),
    sparseInitializer: messages(() => {
      throw modelError(
        message.place,
        'sparse initializers are not supported. Save the weights as dense tensors.',
      );
    }),
  });
  return { name, nodes, initializers, inputs, outputs, valueInfos };
}

function decodeOperatorSet(message: Message): { domain: string; version: number } {
  const set = { domain: '', version: 0 };
  readFields(message, field.operatorSet, {
    domain: text((value) => (set.domain = value)),
    version: int((value) => (set.version = value)),
  });
  return set;
}

function decodeStringEntry(message: Message): { key: string; value: string } {
  const entry = { key: '', value: '' };
  readFields(message, field.stringEntry, {
    key: text((value) => (entry.key = value)),
    value: text((value) => (entry.value = value)),
  });
  return entry;
}

const gzipMark = [0x1f, 0x8b];

/** The bytes of a .onnx file, of which a .onnx.gz file holds the compressed ones. @throws UserError for damage, and for bombs */
export function uncompressedModel(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== gzipMark[0] || bytes[1] !== gzipMark[1]) return bytes;
  try {
    return inflateBudget(bytes.length).inflate('gzip', bytes);
  } catch (error) {
    throw new UserError(`Not a readable ONNX model: ${(error as Error).message}.`);
  }
}

/**
 * Reads the bytes of a .onnx file, gzip-compressed or not. Weights are views of `bytes` where stored raw.
 * @throws UserError naming place and cause: truncated or foreign bytes, external data, what is not supported.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  let irVersion = 0;
  let producerName = '';
  let producerVersion = '';
  let graph: OnnxGraph | undefined;
  readFields({ bytes: uncompressedModel(bytes), place: 'model' }, field.model, {
    irVersion: int((value) => (irVersion = value)),
    producerName: text((value) => (producerName = value)),
    producerVersion: text((value) => (producerVersion = value)),
    graph: bytesField((body) => (graph = decodeGraph({ bytes: body, place: 'graph' }, 0))),
    opsetImport: messages((body) => {
      const { domain, version } = decodeOperatorSet({ bytes: body, place: 'opset_import' });
      if (Object.hasOwn(opsets, domain) && opsets[domain] !== version)
        throw modelError('model', `two versions of the operator set '${domain}' are imported.`);
      Object.defineProperty(opsets, domain, { value: version, enumerable: true, configurable: true });
    }),
    metadataProps: messages((body) => {
      const { key, value } = decodeStringEntry({ bytes: body, place: 'metadata_props' });
      Object.defineProperty(metadata, key, { value, enumerable: true, configurable: true });
    }),
    functions: messages(() => {
      throw modelError('model', 'functions of its own are not supported. Inline them before export.');
    }),
  });
  if (graph === undefined) throw modelError('model', 'it holds no graph. Is this an ONNX file?');
  return { irVersion, opsets, producerName, producerVersion, graph, metadata };
}
