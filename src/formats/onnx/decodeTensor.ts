/** @file A TensorProto message → a tensor, whatever field its elements are stored in. */
import { UserError } from '../userError.ts';
import type { OnnxDtype, OnnxTensor } from './model.ts';
import { modelError, readFields, readInts, type Message, type Reader } from './readFields.ts';
import { dtypeOfCode, field, onnxElementSize, unreadDtypes } from './schema.ts';
import { bytesOf } from '../ndArray.ts';

/** A 64-bit integer as protobufjs reads it: its two halves. */
type Wide = Exclude<ReturnType<Reader['int64']>, number>;

/** Elements stored in one of the typed fields, each a list of numbers, instead of `raw_data`. */
interface TypedElements {
  readonly floatData: number[];
  readonly int32Data: number[];
  readonly wideData: Wide[];
  readonly doubleData: number[];
}

function wideBytes(values: readonly Wide[], size: number): Uint8Array {
  if (size === 4) return bytesOf(Uint32Array.from(values, (value) => value.low >>> 0));
  const halves = new Int32Array(values.length * 2);
  values.forEach(({ low, high }, index) => {
    halves[2 * index] = low;
    halves[2 * index + 1] = high;
  });
  return bytesOf(halves);
}

/** int32_data also stores the small integers, bool, and the bits of float16. */
function narrowBytes(values: readonly number[], size: number): Uint8Array {
  if (size === 4) return bytesOf(Int32Array.from(values));
  return size === 2 ? bytesOf(Uint16Array.from(values)) : Uint8Array.from(values);
}

function typedBytes(dtype: OnnxDtype, typed: TypedElements): Uint8Array {
  switch (dtype) {
    case 'float32':
      return bytesOf(Float32Array.from(typed.floatData));
    case 'float64':
      return bytesOf(Float64Array.from(typed.doubleData));
    case 'int64':
    case 'uint32':
    case 'uint64':
      return wideBytes(typed.wideData, onnxElementSize[dtype]);
    default:
      return narrowBytes(typed.int32Data, onnxElementSize[dtype]);
  }
}

/** The element type of a `data_type` number. */
export function dtypeAt(place: string, code: number): OnnxDtype {
  const dtype = dtypeOfCode.get(code);
  if (dtype !== undefined) return dtype;
  throw modelError(place, `the element type ${unreadDtypes[code] ?? `number ${code}`} is not supported.`);
}

/**
 * Reads a TensorProto. `rawData` is a view of the file where the file stores raw bytes.
 * @throws UserError for external data, segments, unsupported element types, and a count that does not fit the shape.
 */
export function decodeTensor(message: Message): OnnxTensor {
  const f = field.tensor;
  const dims: number[] = [];
  const typed: TypedElements = { floatData: [], int32Data: [], wideData: [], doubleData: [] };
  let name = '';
  let code = 0;
  let raw: Uint8Array | undefined;
  let external = false;
  let segmented = false;
  readFields(message, (number, wire, reader) => {
    const packed = wire === 2;
    if (number === f.dims) readInts(reader, wire, dims);
    else if (number === f.dataType && wire === 0) code = reader.int32();
    else if (number === f.name && packed) name = reader.string();
    else if (number === f.rawData && packed) raw = bytesOf(reader.bytes());
    else if (number === f.floatData) {
      if (packed) reader.floats(typed.floatData);
      else typed.floatData.push(reader.float());
    } else if (number === f.int32Data) {
      if (packed) reader.int32s(typed.int32Data);
      else typed.int32Data.push(reader.int32());
    } else if (number === f.doubleData) {
      if (packed) reader.doubles(typed.doubleData);
      else typed.doubleData.push(reader.double());
    } else if (number === f.int64Data || number === f.uint64Data) {
      if (packed) reader.int64s(typed.wideData);
      else typed.wideData.push(reader.int64());
    } else if (number === f.dataLocation && wire === 0) external = reader.int32() === 1;
    else {
      segmented ||= number === f.segment;
      return false;
    }
    return true;
  });
  const place = name === '' ? message.place : `tensor '${name}' (${message.place})`;
  if (external) {
    throw new UserError(
      `${place}: its data lie in another file (external data), which is not supported. Save the model as one file.`,
    );
  }
  if (segmented) throw modelError(place, 'its data are split in segments, which is not supported.');
  const dtype = dtypeAt(place, code);
  const rawData = raw ?? typedBytes(dtype, typed);
  checkCount(place, dtype, dims, rawData.length);
  return { name, dtype, dims, rawData };
}

function checkCount(place: string, dtype: OnnxDtype, dims: readonly number[], length: number): void {
  if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw modelError(place, `its shape [${dims.slice(0, 8).join(', ')}] is not a list of sizes.`);
  }
  const count = dims.reduce((product, size) => product * size, 1);
  const size = onnxElementSize[dtype];
  if (count * size !== length) {
    throw modelError(
      place,
      `its shape [${dims.slice(0, 8).join(', ')}] needs ${count} ${dtype} elements, but ${length / size} are stored.`,
    );
  }
}
