/** @file An AttributeProto message → one named attribute. */
import { decodeTensor } from './decodeTensor.ts';
import type { OnnxAttribute, OnnxGraph, OnnxTensor } from './model.ts';
import {
  delimited,
  modelError,
  readFields,
  readFloats,
  readInt,
  readInts,
  type Message,
} from './readFields.ts';
import { attributeType, field } from './schema.ts';

type Kind = keyof typeof attributeType;

const kindOfType = new Map(
  Object.entries(attributeType).map(([kind, type]) => [type as number, kind as Kind]),
);
const kindOfField = new Map(
  (Object.keys(attributeType) as Kind[]).map((kind) => [field.attribute[kind] as number, kind]),
);

/**
 * Reads an attribute: its name and value. Files older than IR version 2 have no `type`: the stored field tells it.
 * @param decodeGraph reads a subgraph; handed in, as graphs hold attributes in turn.
 * @throws UserError for kinds that are not supported (lists of tensors or graphs, sparse tensors, types).
 */
export function decodeAttribute(
  message: Message,
  decodeGraph: (body: Message) => OnnxGraph,
): [name: string, value: OnnxAttribute] {
  const f = field.attribute;
  const ints: number[] = [];
  const floats: number[] = [];
  const strings: string[] = [];
  let name = '';
  let type = 0;
  let lastKind: Kind | undefined;
  let int = 0;
  let float = 0;
  let string = '';
  let tensor: OnnxTensor | undefined;
  let graph: OnnxGraph | undefined;
  let reference = '';
  readFields(message, (number, wire, reader) => {
    lastKind = kindOfField.get(number) ?? lastKind;
    const next = (): Message => ({ bytes: reader.bytes(), place: `${message.place} '${name}'` });
    if (number === f.ints) readInts(reader, wire, ints);
    else if (number === f.floats) readFloats(reader, wire, floats);
    else if (number === f.int && wire === 0) int = readInt(reader);
    else if (number === f.type && wire === 0) type = reader.int32();
    else if (number === f.float && wire === 5) float = reader.float();
    else if (wire !== delimited) return false;
    else if (number === f.name) name = reader.string();
    else if (number === f.string) string = reader.string();
    else if (number === f.strings) strings.push(reader.string());
    else if (number === f.tensor) tensor = decodeTensor(next());
    else if (number === f.graph) graph = decodeGraph(next());
    else if (number === f.refAttrName) reference = reader.string();
    else return false;
    return true;
  });
  const place = `${message.place} '${name}'`;
  if (reference !== '')
    throw modelError(place, 'a reference to an attribute of a function is not supported.');
  const kind = type === 0 ? lastKind : kindOfType.get(type);
  switch (kind) {
    case 'int':
      return [name, { int }];
    case 'ints':
      return [name, { ints }];
    case 'float':
      return [name, { float }];
    case 'floats':
      return [name, { floats }];
    case 'string':
      return [name, { string }];
    case 'strings':
      return [name, { strings }];
    case 'tensor':
      if (tensor !== undefined) return [name, { tensor }];
      break;
    case 'graph':
      if (graph !== undefined) return [name, { graph }];
      break;
    default:
      throw modelError(place, `attributes of kind ${type} are not supported.`);
  }
  throw modelError(place, `its ${kind} is missing.`);
}
