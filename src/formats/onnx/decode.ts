/** @file The bytes of a .onnx file → an ONNX model. */
import { inflateBudget } from '../inflate.ts';
import { namingFile, readBytes } from '../readFile.ts';
import { UserError } from '../userError.ts';
import { decodeAttribute } from './decodeAttribute.ts';
import { decodeTensor } from './decodeTensor.ts';
import { decodeInnerValueInfo, decodeValueInfo } from './decodeValueInfo.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from './model.ts';
import { delimited, modelError, readFields, readInt, type Message } from './readFields.ts';
import { field } from './schema.ts';

/** Subgraphs within subgraphs, at most. */
const maxGraphDepth = 32;

function decodeNode(message: Message, depth: number): OnnxNode {
  const f = field.node;
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes: Record<string, OnnxAttribute> = {};
  let name: string | undefined;
  let domain: string | undefined;
  let opType = '';
  readFields(message, (number, wire, reader) => {
    if (wire !== delimited) return false;
    if (number === f.input) inputs.push(reader.string());
    else if (number === f.output) outputs.push(reader.string());
    else if (number === f.name) name = reader.string();
    else if (number === f.opType) opType = reader.string();
    else if (number === f.domain) domain = reader.string();
    else if (number === f.attribute) {
      const place = `${message.place}.attribute`;
      const [key, value] = decodeAttribute({ bytes: reader.bytes(), place }, (body) =>
        decodeGraph(body, depth + 1),
      );
      // A plain assignment to '__proto__' would vanish.
      Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
    } else return false;
    return true;
  });
  if (opType === '') throw modelError(message.place, 'the node names no operation.');
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
  const f = field.graph;
  if (depth > maxGraphDepth)
    throw modelError('graph', `more than ${maxGraphDepth} subgraphs inside each other.`);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const inputs: OnnxValueInfo[] = [];
  const outputs: OnnxValueInfo[] = [];
  const valueInfos: OnnxValueInfo[] = [];
  let name = '';
  readFields(message, (number, wire, reader) => {
    if (wire !== delimited) return false;
    const next = (label: string): Message => ({ bytes: reader.bytes(), place: `${message.place}.${label}` });
    if (number === f.node) nodes.push(decodeNode(next(`node[${nodes.length}]`), depth));
    else if (number === f.name) name = reader.string();
    else if (number === f.initializer)
      initializers.push(decodeTensor(next(`initializer[${initializers.length}]`)));
    else if (number === f.input) inputs.push(decodeValueInfo(next(`input[${inputs.length}]`)));
    else if (number === f.output) outputs.push(decodeValueInfo(next(`output[${outputs.length}]`)));
    else if (number === f.valueInfo) {
      const info = decodeInnerValueInfo(next('value_info'));
      if (info !== undefined) valueInfos.push(info);
    } else if (number === f.sparseInitializer) {
      throw modelError(
        message.place,
        'sparse initializers are not supported. Save the weights as dense tensors.',
      );
    } else return false;
    return true;
  });
  return { name, nodes, initializers, inputs, outputs, valueInfos };
}

/** Two strings, or a string and a number: an entry of metadata or an operator set. */
function decodePair(message: Message): { key: string; value: string | number } {
  let key = '';
  let value: string | number = '';
  readFields(message, (number, wire, reader) => {
    if (number === 1 && wire === delimited) key = reader.string();
    else if (number === 2) value = wire === delimited ? reader.string() : readInt(reader);
    else return false;
    return true;
  });
  return { key, value };
}

const gzipMark = [0x1f, 0x8b];

function unzipped(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== gzipMark[0] || bytes[1] !== gzipMark[1]) return bytes;
  try {
    return inflateBudget(bytes.length).inflate('gzip', bytes);
  } catch (error) {
    throw new UserError(
      `Not a readable ONNX model: its gzip compression is damaged (${(error as Error).message}).`,
    );
  }
}

/**
 * Reads the bytes of a .onnx file, gzip-compressed or not. Weights are views of `bytes` where stored raw.
 * @throws UserError naming place and cause: truncated or foreign bytes, external data, what is not supported.
 */
export function decodeModel(bytes: Uint8Array): OnnxModel {
  const f = field.model;
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  let irVersion = 0;
  let producerName = '';
  let producerVersion = '';
  let graph: OnnxGraph | undefined;
  readFields({ bytes: unzipped(bytes), place: 'model' }, (number, wire, reader) => {
    if (number === f.irVersion && wire === 0) {
      irVersion = readInt(reader);
      return true;
    }
    if (wire !== delimited) return false;
    if (number === f.producerName) producerName = reader.string();
    else if (number === f.producerVersion) producerVersion = reader.string();
    else if (number === f.graph) graph = decodeGraph({ bytes: reader.bytes(), place: 'graph' }, 0);
    else if (number === f.opsetImport) {
      const { key, value } = decodePair({ bytes: reader.bytes(), place: 'opset_import' });
      opsets[key] = Number(value);
    } else if (number === f.metadataProps) {
      const { key, value } = decodePair({ bytes: reader.bytes(), place: 'metadata_props' });
      metadata[key] = String(value);
    } else if (number === f.functions) {
      throw modelError('model', 'functions of its own are not supported. Inline them before export.');
    } else return false;
    return true;
  });
  if (graph === undefined) throw modelError('model', 'it holds no graph. Is this an ONNX file?');
  return { irVersion, opsets, producerName, producerVersion, graph, metadata };
}

/**
 * Reads a .onnx or .onnx.gz file.
 * @throws UserError naming the file and its fault.
 */
export function readModel(path: string): OnnxModel {
  const bytes = readBytes(path, 'ONNX model');
  return namingFile(path, () => decodeModel(bytes));
}
