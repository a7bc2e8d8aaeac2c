/** @file A ValueInfoProto message → name, element type and shape of a value. */
import { dtypeAt } from './decodeTensor.ts';
import type { OnnxValueInfo } from './model.ts';
import { dtypeOfCode, fields } from './schema.ts';
import { modelError, read, type Message } from './wire.ts';

function decodeDimension(message: Message): number | string {
  const { value, param } = read(message, fields.dimension);
  if (value !== undefined && param !== undefined)
    throw modelError(message.place, `an axis has both the size ${value} and the name '${param}'.`);
  return value ?? param ?? '';
}

/** Name and, where the value is a tensor, the number of its element type and its shape. */
function decodeRawValueInfo(message: Message) {
  const { place } = message;
  const decodeShape = (bytes: Uint8Array) =>
    read({ bytes, place }, fields.shape, { dim: (dim: Uint8Array) => decodeDimension({ bytes: dim, place }) })
      .dim;
  const decodeTensorType = (bytes: Uint8Array) =>
    read({ bytes, place }, fields.tensorType, { shape: decodeShape });
  const { name = '', type } = read(message, fields.valueInfo, {
    type: (bytes: Uint8Array) => read({ bytes, place }, fields.type, { tensor: decodeTensorType }),
  });
  const { tensor, ...others } = type ?? {};
  if (tensor && Object.keys(others).length > 0)
    throw modelError(`${place} '${name}'`, 'two types are given for one value.');
  return { name, code: tensor && (tensor.elemType ?? 0), dims: tensor?.shape };
}

/**
 * Reads an input or output of a graph.
 * @throws UserError where it is no tensor or of an element type that is not read.
 */
export function decodeValueInfo(message: Message): OnnxValueInfo {
  const { name, code, dims } = decodeRawValueInfo(message);
  const place = `${message.place} '${name}'`;
  if (code === undefined) throw modelError(place, 'it is not a tensor, or its type is missing.');
  return { name, dtype: dtypeAt(place, code), ...(dims === undefined ? {} : { dims }) };
}

/** A value inside the graph: undefined where its type is none that is read, since nothing depends on it. */
export function decodeInnerValueInfo(message: Message): OnnxValueInfo | undefined {
  const { name, code, dims } = decodeRawValueInfo(message);
  const dtype = dtypeOfCode.get(code ?? 0);
  return dtype && { name, dtype, ...(dims === undefined ? {} : { dims }) };
}
