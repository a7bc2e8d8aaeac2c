/** @file The bytes of an ONNX file → a model. */
import { CheckFailure } from '../failure.ts';
import type { Attribute, Constant, Model, ModelNode } from './model.ts';
import { elementType, readTensor, wholeNumber } from './tensor.ts';
import { readMessage, type Fields } from './wire.ts';

const modelFields = {
  graph: [7, 'bytes'],
  opsets: [8, 'bytes', 'many'],
  functions: [25, 'present'],
} as const satisfies Fields;
const opsetFields = { domain: [1, 'text'], version: [2, 'int'] } as const satisfies Fields;
const graphFields = {
  nodes: [1, 'bytes', 'many'],
  initializers: [5, 'bytes', 'many'],
  inputs: [11, 'bytes', 'many'],
  outputs: [12, 'bytes', 'many'],
  sparse: [15, 'present'],
} as const satisfies Fields;
const nodeFields = {
  inputs: [1, 'text', 'many'],
  outputs: [2, 'text', 'many'],
  name: [3, 'text'],
  op: [4, 'text'],
  attributes: [5, 'bytes', 'many'],
  domain: [7, 'text'],
  overload: [8, 'text'],
} as const satisfies Fields;
const attributeFields = {
  name: [1, 'text'],
  float: [2, 'float'],
  int: [3, 'int'],
  text: [4, 'text'],
  tensor: [5, 'bytes'],
  graph: [6, 'present'],
  floats: [7, 'float', 'many'],
  ints: [8, 'int', 'many'],
  texts: [9, 'text', 'many'],
  tensors: [10, 'present'],
  graphs: [11, 'present'],
  type: [20, 'int'],
  reference: [21, 'text'],
  sparse: [22, 'present'],
} as const satisfies Fields;
const valueFields = { name: [1, 'text'], type: [2, 'bytes'] } as const satisfies Fields;
const typeFields = { tensor: [1, 'bytes'] } as const satisfies Fields;
const tensorTypeFields = { element: [1, 'int'], shape: [2, 'bytes'] } as const satisfies Fields;
const shapeFields = { sizes: [1, 'bytes', 'many'] } as const satisfies Fields;
const sizeFields = { value: [1, 'int'], parameter: [2, 'text'] } as const satisfies Fields;

const unknown = (message: string): CheckFailure => new CheckFailure('model-unknown', message);
const malformed = (message: string): CheckFailure => new CheckFailure('model-malformed', message);

/** By the number in `type`, which files older than IR version 2 leave out: the field that holds the value. */
const kinds = ['', 'float', 'int', 'text', 'tensor', 'graph', 'floats', 'ints', 'texts'] as const;

function readAttribute(bytes: Uint8Array, place: string): [string, Attribute] {
  const found = readMessage(bytes, attributeFields, `${place}, an attribute`);
  const { name = '', float, int, text, tensor, floats, ints, texts } = found;
  const where = `${place}, attribute '${name}'`;
  if (found.graph || found.graphs || found.tensors || found.sparse || found.reference)
    throw unknown(`${where}: graphs, lists of tensors and references are not read.`);
  const given = kinds.slice(1).filter((kind) => {
    const value = found[kind as keyof typeof found];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });
  const kind = found.type === undefined ? given[0] : kinds[Number(found.type)];
  if (!kind || given.some((other) => other !== kind)) throw malformed(`${where}: its kind is not clear.`);
  // What is 0 or empty may be left out.
  const values: Record<string, () => Attribute> = {
    float: () => float ?? 0,
    int: () => wholeNumber(int ?? 0n),
    text: () => text ?? '',
    floats: () => floats,
    ints: () => ints.map(wholeNumber),
    texts: () => texts,
  };
  if (kind !== 'tensor') return [name, values[kind]()];
  if (tensor === undefined) throw malformed(`${where}: its tensor is missing.`);
  return [name, readTensor(tensor, where)[1]];
}

function readNode(bytes: Uint8Array, index: number): ModelNode {
  const found = readMessage(bytes, nodeFields, `node ${index}`);
  const { op = '', name = '', inputs, outputs, domain = '' } = found;
  const place = `node ${index} '${name}' (${op})`;
  if (!['', 'ai.onnx'].includes(domain) || found.overload)
    throw new CheckFailure('operator-unknown', `${domain}.${op} (${place})`);
  const attributes = new Map<string, Attribute>();
  for (const body of found.attributes) {
    const [key, value] = readAttribute(body, place);
    if (attributes.has(key)) throw malformed(`${place}: the attribute '${key}' is given twice.`);
    attributes.set(key, value);
  }
  return { op, name, inputs, outputs, attributes };
}

function readInput(name: string, type: Uint8Array | undefined): Model['inputs'][number] {
  const place = `input '${name}'`;
  const { tensor } = readMessage(type ?? new Uint8Array(), typeFields, place);
  if (tensor === undefined) throw unknown(`${place} is no tensor.`);
  const { element, shape } = readMessage(tensor, tensorTypeFields, place);
  if (shape === undefined) throw unknown(`${place} has no shape.`);
  const sizes = readMessage(shape, shapeFields, place).sizes.map((body) => {
    const { value } = readMessage(body, sizeFields, place);
    return value === undefined || value <= 0n ? undefined : wholeNumber(value);
  });
  return { name, shape: sizes, type: elementType(element, place) };
}

/** Every name is given by one input, one initializer or one node. */
function requireOneSource(names: Iterable<string>): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (name !== '' && seen.has(name)) throw malformed(`the value '${name}' is given twice.`);
    seen.add(name);
  }
}

/**
 * Reads an ONNX file that is not compressed.
 * @throws CheckFailure model-malformed; model-unknown or operator-unknown for what the checker does not read
 */
export function readModel(bytes: Uint8Array): Model {
  const { graph, opsets, functions } = readMessage(bytes, modelFields, 'model');
  if (graph === undefined) throw malformed('It holds no graph: no ONNX file?');
  if (functions) throw unknown('functions of the model are not read.');
  const versions = opsets
    .map((body) => readMessage(body, opsetFields, 'opset_import'))
    .filter(({ domain = '' }) => domain === '' || domain === 'ai.onnx')
    .map(({ version = 0n }) => wholeNumber(version));
  if (new Set(versions).size !== 1)
    throw unknown(`versions ${versions.join(', ')} of the standard operators.`);
  const found = readMessage(graph, graphFields, 'graph');
  if (found.sparse) throw unknown('sparse initializers are not read.');
  const constants = new Map<string, Constant>();
  for (const [index, body] of found.initializers.entries()) {
    const [name, constant] = readTensor(body, `initializer ${index}`);
    if (constants.has(name)) throw malformed(`the initializer '${name}' is given twice.`);
    constants.set(name, constant);
  }
  const inputs = found.inputs
    .map((body) => readMessage(body, valueFields, 'an input'))
    .filter(({ name = '' }) => !constants.has(name))
    .map(({ name = '', type }) => readInput(name, type));
  const outputs = found.outputs.map((body) => {
    const { name = '' } = readMessage(body, valueFields, 'an output');
    return { name };
  });
  const nodes = found.nodes.map(readNode);
  requireOneSource([
    ...inputs.map(({ name }) => name),
    ...constants.keys(),
    ...nodes.flatMap((node) => node.outputs),
  ]);
  return { opset: versions[0], inputs, outputs, nodes, constants };
}
