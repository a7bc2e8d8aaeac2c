/** @file An AttributeProto message → one named attribute. */
import { decodeTensor } from './decodeTensor.ts';
import type { OnnxAttribute, OnnxGraph, OnnxTensor } from './model.ts';
import {
  bytesField,
  float,
  floats,
  int,
  int32,
  ints,
  messages,
  modelError,
  readFields,
  text,
  texts,
  type Message,
} from './readFields.ts';
import { attributeType, field } from './schema.ts';

type Kind = keyof typeof attributeType;

const kindOfType = new Map(
  Object.entries(attributeType).map(([kind, type]) => [type as number, kind as Kind]),
);

/**
 * Reads an attribute: its name and value. Files older than IR version 2 have no `type`: the stored field tells it.
 * @param decodeGraph reads a subgraph; handed in, as graphs hold attributes in turn.
 * @throws UserError for kinds that are not supported (lists of tensors or graphs, sparse tensors, types), and for
 *   values of another kind than the type says.
 */
export function decodeAttribute(
  message: Message,
  decodeGraph: (body: Message) => OnnxGraph,
): [name: string, value: OnnxAttribute] {
  const intList: number[] = [];
  const floatList: number[] = [];
  const strings: string[] = [];
  let name = '';
  let type = 0;
  let number: number | undefined;
  let single: number | undefined;
  let string: string | undefined;
  let tensor: Uint8Array | undefined;
  let graph: Uint8Array | undefined;
  let reference = '';
  let other: string | undefined;
  const unread = (what: string) => messages(() => (other = what));
  readFields(message, field.attribute, {
    name: text((value) => (name = value)),
    type: int32((value) => (type = value)),
    int: int((value) => (number = value)),
    float: float((value) => (single = value)),
    string: text((value) => (string = value)),
    tensor: bytesField((bytes) => (tensor = bytes)),
    graph: bytesField((bytes) => (graph = bytes)),
    ints: ints(intList),
    floats: floats(floatList),
    strings: texts(strings),
    refAttrName: text((value) => (reference = value)),
    tensors: unread('tensors'),
    graphs: unread('graphs'),
    typeProto: unread('type'),
    typeProtos: unread('types'),
    sparseTensor: unread('sparse tensor'),
    sparseTensors: unread('sparse tensors'),
  });
  const place = `${message.place} '${name}'`;
  if (reference !== '')
    throw modelError(place, 'a reference to an attribute of a function is not supported.');
  if (other !== undefined) throw modelError(place, `attributes of kind ${other} are not supported.`);
  const body = (bytes: Uint8Array): Message => ({ bytes, place });
  const given: Readonly<Record<Kind, OnnxAttribute | undefined>> = {
    int: number === undefined ? undefined : { int: number },
    float: single === undefined ? undefined : { float: single },
    string: string === undefined ? undefined : { string },
    tensor: tensor && { tensor: decodeTensor(body(tensor)) satisfies OnnxTensor },
    graph: graph && { graph: decodeGraph(body(graph)) },
    ints: intList.length > 0 ? { ints: intList } : undefined,
    floats: floatList.length > 0 ? { floats: floatList } : undefined,
    strings: strings.length > 0 ? { strings } : undefined,
  };
  const kinds = (Object.keys(given) as Kind[]).filter((kind) => given[kind] !== undefined);
  const kind = type === 0 && kinds.length === 1 ? kinds[0] : kindOfType.get(type);
  if (kind === undefined) throw modelError(place, `attributes of kind ${type} are not supported.`);
  const stray = kinds.find((k) => k !== kind);
  if (stray !== undefined)
    throw modelError(place, `its type is ${kind}, but it holds a value of the kind ${stray}.`);
  const value = given[kind] ?? emptyOf(kind);
  if (value === undefined) throw modelError(place, `its ${kind} is missing.`);
  return [name, value];
}

/** Protobuf leaves out lists without elements, and some writers numbers that are 0 and texts that are ''. */
function emptyOf(kind: Kind): OnnxAttribute | undefined {
  switch (kind) {
    case 'int':
      return { int: 0 };
    case 'float':
      return { float: 0 };
    case 'string':
      return { string: '' };
    case 'ints':
      return { ints: [] };
    case 'floats':
      return { floats: [] };
    case 'strings':
      return { strings: [] };
    default:
      return undefined;
  }
}
