/** @file The bytes of a .onnx file → an ONNX model. */
import { gunzipped } from '../inflate.ts';
import { UserError } from '../userError.ts';
import { decodeAttribute } from './decodeAttribute.ts';
import { decodeTensor } from './decodeTensor.ts';
import { decodeInnerValueInfo, decodeValueInfo } from './decodeValueInfo.ts';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode } from './model.ts';
import { fields } from './schema.ts';
import { modelError, read, type ExternalReader, type Message } from './wire.ts';

/** Subgraphs within subgraphs, at most. */
const maxGraphDepth = 32;

/** A plain assignment to '__proto__' would vanish. */
function define<T>(record: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}

function decodeNode(message: Message, depth: number): OnnxNode {
  const { place, external } = message;
  const attributes: Record<string, OnnxAttribute> = {};
  const { input, output, name, domain, overload, opType } = read(message, fields.node, {
    attribute: (bytes: Uint8Array) => {
      const [key, value] = decodeAttribute({ bytes, place: `${place}.attribute`, external }, (body) =>
        decodeGraph(body, depth + 1),
      );
      if (Object.hasOwn(attributes, key)) throw modelError(place, `its attribute '${key}' is given twice.`);
      define(attributes, key, value);
    },
  });
  if (!opType) throw modelError(place, 'the node names no operation.');
  if (overload) throw modelError(place, 'overloads of functions are not supported.');
  return {
    opType,
    inputs: input,
    outputs: output,
    attributes,
    ...(name === undefined ? {} : { name }),
    ...(domain === undefined ? {} : { domain }),
  };
}

function decodeGraph(message: Message, depth: number): OnnxGraph {
  if (depth > maxGraphDepth)
    throw modelError('graph', `more than ${maxGraphDepth} subgraphs inside each other.`);
  const list =
    <T>(label: string, decode: (message: Message) => T) =>
    (bytes: Uint8Array, index: number): T =>
      decode({ bytes, place: `${message.place}.${label}[${index}]`, external: message.external });
  const found = read(message, fields.graph, {
    node: list('node', (body) => decodeNode(body, depth)),
    initializer: list('initializer', decodeTensor),
    input: list('input', decodeValueInfo),
    output: list('output', decodeValueInfo),
    valueInfo: list('value_info', decodeInnerValueInfo),
  });
  if (found.sparseInitializer)
    throw modelError(
      message.place,
      'sparse initializers are not supported. Save the weights as dense tensors.',
    );
  return {
    name: found.name ?? '',
    nodes: found.node,
    initializers: found.initializer,
    inputs: found.input,
    outputs: found.output,
    valueInfos: found.valueInfo,
  };
}

/** The bytes of a .onnx file, of which a .onnx.gz file holds the compressed ones. @throws UserError for damage, and for bombs */
export function uncompressedModel(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipped(bytes);
  } catch (error) {
    throw new UserError(`Not a readable ONNX model: ${(error as Error).message}.`);
  }
}

/**
 * Reads the bytes of a .onnx file, gzip-compressed or not. Weights are views of `bytes` where stored raw.
 * @param external reads what tensors keep in other files, see {@link externalReader}; absent: they are refused
 * @throws UserError naming place and cause: truncated or foreign bytes, external data, what is not supported.
 */
export function decodeModel(bytes: Uint8Array, external?: ExternalReader): OnnxModel {
  const opsets: Record<string, number> = {};
  const metadata: Record<string, string> = {};
  const found = read({ bytes: uncompressedModel(bytes), place: 'model' }, fields.model, {
    graph: (body: Uint8Array) => decodeGraph({ bytes: body, place: 'graph', external }, 0),
    opsetImport: (body: Uint8Array) => {
      const { domain = '', version = 0 } = read({ bytes: body, place: 'opset_import' }, fields.operatorSet);
      if (Object.hasOwn(opsets, domain) && opsets[domain] !== version)
        throw modelError('model', `two versions of the operator set '${domain}' are imported.`);
      define(opsets, domain, version);
    },
    metadataProps: (body: Uint8Array) => {
      const { key = '', value = '' } = read({ bytes: body, place: 'metadata_props' }, fields.stringEntry);
      define(metadata, key, value);
    },
  });
  const { graph, irVersion = 0, producerName = '', producerVersion = '' } = found;
  if (found.functions)
    throw modelError('model', 'functions of its own are not supported. Inline them before export.');
  if (graph === undefined) throw modelError('model', 'it holds no graph. Is this an ONNX file?');
  return { irVersion, opsets, producerName, producerVersion, graph, metadata };
}
