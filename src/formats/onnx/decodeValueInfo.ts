/** @file A ValueInfoProto message → name, element type and shape of a value. */
import { dtypeAt } from './decodeTensor.ts';
import type { OnnxValueInfo } from './model.ts';
import { delimited, modelError, readFields, readInt, type Message } from './readFields.ts';
import { dtypeOfCode, field } from './schema.ts';

function decodeDimension(message: Message): number | string {
  let size: number | string = '';
  readFields(message, (number, wire, reader) => {
    if (number === field.dimension.value && wire === 0) size = readInt(reader);
    else if (number === field.dimension.param && wire === delimited) size = reader.string();
    else return false;
    return true;
  });
  return size;
}

/** Name and, where the value is a tensor, the number of its element type and its shape. */
interface RawValueInfo {
  name: string;
  code?: number;
  dims?: (number | string)[];
}

function decodeShape(message: Message): (number | string)[] {
  const dims: (number | string)[] = [];
  readFields(message, (number, wire, reader) => {
    if (number !== field.shape.dim || wire !== delimited) return false;
    dims.push(decodeDimension({ bytes: reader.bytes(), place: message.place }));
    return true;
  });
  return dims;
}

function decodeRawValueInfo(message: Message): RawValueInfo {
  const { place } = message;
  const info: RawValueInfo = { name: '' };
  const readTensorType = (bytes: Uint8Array) => {
    info.code ??= 0;
    readFields({ bytes, place }, (number, wire, reader) => {
      if (number === field.tensorType.elemType && wire === 0) info.code = reader.int32();
      else if (number === field.tensorType.shape && wire === delimited) {
        info.dims = decodeShape({ bytes: reader.bytes(), place });
      } else return false;
      return true;
    });
  };
  const readType = (bytes: Uint8Array) => {
    readFields({ bytes, place }, (number, wire, reader) => {
      if (number !== field.type.tensor || wire !== delimited) return false;
      readTensorType(reader.bytes());
      return true;
    });
  };
  readFields(message, (number, wire, reader) => {
    if (wire !== delimited) return false;
    if (number === field.valueInfo.name) info.name = reader.string();
    else if (number === field.valueInfo.type) readType(reader.bytes());
    else return false;
    return true;
  });
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
