/** @file An AttributeProto message → one named attribute. */
import { decodeTensor } from './decodeTensor.ts';
import type { OnnxAttribute, OnnxGraph } from './model.ts';
import { attributeType, fields } from './schema.ts';
import { modelError, read, type Message } from './wire.ts';

type Kind = keyof typeof attributeType;

const kindOfType = new Map(
  Object.entries(attributeType).map(([kind, type]) => [type as number, kind as Kind]),
);

/** Kinds that are not read, by their field. */
const unread = {
  tensors: 'tensors',
  graphs: 'graphs',
  typeProto: 'type',
  typeProtos: 'types',
  sparseTensor: 'sparse tensor',
  sparseTensors: 'sparse tensors',
} as const;

/** Some writers leave out numbers that are 0 and texts that are ''; lists without elements are no fields at all. */
const emptyOf: Partial<Record<Kind, number | string>> = { int: 0, float: 0, string: '' };

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
  const { name = '', type = 0, refAttrName = '', ...found } = read(message, fields.attribute);
  const place = `${message.place} '${name}'`;
  if (refAttrName !== '')
    throw modelError(place, 'a reference to an attribute of a function is not supported.');
  for (const [field, what] of Object.entries(unread))
    if (found[field as keyof typeof unread])
      throw modelError(place, `attributes of kind ${what} are not supported.`);
  const kinds = [...kindOfType.values()].filter((kind) => {
    const given = found[kind];
    return Array.isArray(given) ? given.length > 0 : given !== undefined;
  });
  const kind = type === 0 && kinds.length === 1 ? kinds[0] : kindOfType.get(type);
  if (kind === undefined) throw modelError(place, `attributes of kind ${type} are not supported.`);
  const stray = kinds.find((k) => k !== kind);
  if (stray !== undefined)
    throw modelError(place, `its type is ${kind}, but it holds a value of the kind ${stray}.`);
  const given = found[kind] ?? emptyOf[kind];
  if (given === undefined) throw modelError(place, `its ${kind} is missing.`);
  const body = { bytes: given as Uint8Array, place, external: message.external };
  if (kind === 'tensor') return [name, { tensor: decodeTensor(body) }];
  if (kind === 'graph') return [name, { graph: decodeGraph(body) }];
  return [name, { [kind]: given } as OnnxAttribute];
}
