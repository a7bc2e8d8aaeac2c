/** @file A ValueInfoProto message → name, element type and shape of a value. */
import { dtypeAt } from './decodeTensor.ts';
import type { OnnxValueInfo } from './model.ts';
import {
  bytesField,
  int,
  int32,
  messages,
  modelError,
  readFields,
  text,
  type Message,
} from './readFields.ts';
import { dtypeOfCode, field } from './schema.ts';

function decodeDimension(message: Message): number | string {
  let size: number | undefined;
  let symbol: string | undefined;
  readFields(message, field.dimension, {
    value: int((value) => (size = value)),
    param: text((value) => (symbol = value)),
  });
  if (size !== undefined && symbol !== undefined)
    throw modelError(message.place, `an axis has both the size ${size} and the name '${symbol}'.`);
  return size ?? symbol ?? '';
}

/** Name and, where the value is a tensor, the number of its element type and its shape. */
interface RawValueInfo {
  name: string;
  code?: number;
  dims?: (number | string)[];
}

function decodeShape(message: Message): (number | string)[] {
  const dims: (number | string)[] = [];
  readFields(message, field.shape, {
    dim: messages((bytes) => void dims.push(decodeDimension({ bytes, place: message.place }))),
  });
  return dims;
}

function decodeRawValueInfo(message: Message): RawValueInfo {
  const { place } = message;
  const info: RawValueInfo = { name: '' };
  const readTensorType = (bytes: Uint8Array) => {
    info.code ??= 0;
    readFields({ bytes, place }, field.tensorType, {
      elemType: int32((code) => (info.code = code)),
      shape: bytesField((shape) => (info.dims = decodeShape({ bytes: shape, place }))),
    });
  };
  let other = false;
  const noTensor = messages(() => (other = true));
  readFields(message, field.valueInfo, {
    name: text((name) => (info.name = name)),
    type: bytesField((bytes) =>
      readFields({ bytes, place }, field.type, {
        tensor: bytesField(readTensorType),
        sequence: noTensor,
        map: noTensor,
        sparseTensor: noTensor,
        optional: noTensor,
      }),
    ),
  });
  if (other && info.code !== undefined)
    throw modelError(`${place} '${info.name}'`, 'two types are given for one value.');
  return info;
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
