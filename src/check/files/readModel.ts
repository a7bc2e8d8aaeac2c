/** @file The bytes of an ONNX file → a model. The numbers of its fields are those of onnx.proto. */
import { CheckFailure } from '../failure.ts';
import { layoutOf, readTensor, wholeNumber, type Constant, type ElementType } from './tensor.ts';
import { Message } from './wire.ts';

export type Attribute = number | readonly number[] | string | readonly string[] | Constant;

export interface ModelNode {
  readonly op: string;
  readonly name: string;
  /** '' where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Model {
  /** Of the standard operators. */
  readonly opset: number;
  /** Without initializers; a size is undefined where it is free or named. */
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly (number | undefined)[];
    readonly type: ElementType;
  }[];
  readonly outputs: readonly { readonly name: string }[];
  /** In the order of the file. */
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}

const unknown = (message: string): CheckFailure => new CheckFailure('model-unknown', message);

/** By the `type` of an attribute: the field of its value, which may be left out where it is 0 or empty, and how it is read. */
const kinds: ReadonlyMap<number, readonly [field: number, read: (found: Message) => Attribute]> = new Map([
  [1, [2, (found) => found.float(2) ?? 0]],
  [2, [3, (found) => wholeNumber(found.int(3) ?? 0n)]],
  [3, [4, (found) => found.text(4) ?? '']],
  [4, [5, (found) => readTensor(found.message(5) ?? found.fail('its tensor is missing'))]],
  [6, [7, (found) => found.floats(7)]],
  [7, [8, (found) => found.ints(8).map(wholeNumber)]],
  [8, [9, (found) => found.texts(9)]],
]);

/** Files older than IR version 2 leave `type` out. */
function readAttribute(found: Message): Attribute {
  if (found.has(6, 10, 11, 21, 22))
    throw unknown(`${found.place}: graphs, lists of tensors and references are not read.`);
  const given = [...kinds].filter(([, [field]]) => found.has(field)).map(([type]) => type);
  const type = Number(found.int(20) ?? given[0]);
  if (given.some((other) => other !== type)) found.fail('its kind is not clear');
  return (kinds.get(type) ?? found.fail('its kind is not clear'))[1](found);
}

/** What has a name of its own among its like. */
function named<T>(messages: readonly Message[], field: number, read: (found: Message) => T): Map<string, T> {
  const all = new Map<string, T>();
  for (const message of messages) {
    const name = message.text(field) ?? '';
    if (all.has(name)) message.fail(`the name '${name}' is given twice`);
    all.set(name, read(message));
  }
  return all;
}

function readNode(found: Message): ModelNode {
  const [name = '', op = '', domain = ''] = [3, 4, 7].map((field) => found.text(field));
  if (!['', 'ai.onnx'].includes(domain) || found.has(8))
    throw new CheckFailure('operator-unknown', `${domain}.${op} (${found.place} '${name}')`);
  const attributes = named(
    found.messages(5, (index) => `${found.place} '${name}' (${op}), attribute ${index}`),
    1,
    readAttribute,
  );
  return { op, name, inputs: found.texts(1), outputs: found.texts(2), attributes };
}

function readInput(found: Message): Model['inputs'][number] {
  const name = found.text(1) ?? '';
  const tensor = found.message(2)?.message(1);
  const shape = tensor?.message(2);
  if (!tensor || !shape) throw unknown(`The input '${name}' is no tensor, or has no shape.`);
  const sizes = shape.messages(1).map((size) => {
    const value = size.int(1);
    return value === undefined || value <= 0n ? undefined : wholeNumber(value);
  });
  return { name, shape: sizes, type: layoutOf(tensor.int(1), `input '${name}'`)[0] };
}

/**
 * Reads an ONNX file that is not compressed.
 * @throws CheckFailure model-malformed; model-unknown or operator-unknown for what the checker does not read
 */
export function readModel(bytes: Uint8Array): Model {
  const file = new Message(bytes, 'the model');
  const graph = file.message(7) ?? file.fail('it holds no graph: no ONNX file?');
  if (file.has(25) || graph.has(15)) throw unknown('functions and sparse initializers are not read.');
  const versions = file
    .messages(8)
    .filter((set) => ['', 'ai.onnx'].includes(set.text(1) ?? ''))
    .map((set) => wholeNumber(set.int(2) ?? 0n));
  if (new Set(versions).size !== 1)
    throw unknown(`versions ${versions.join(', ')} of the standard operators.`);
  const constants = named(
    graph.messages(5, (index) => `initializer ${index}`),
    8,
    readTensor,
  );
  return {
    opset: versions[0],
    constants,
    nodes: graph.messages(1, (index) => `node ${index}`).map(readNode),
    inputs: graph
      .messages(11, (index) => `input ${index}`)
      .filter((input) => !constants.has(input.text(1) ?? ''))
      .map(readInput),
    outputs: graph.messages(12).map((output) => ({ name: output.text(1) ?? '' })),
  };
}
