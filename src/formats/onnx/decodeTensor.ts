/** @file A TensorProto message → a tensor, whatever field its elements are stored in. */
import { elements } from '../elements.ts';
import { bytesOf } from '../ndArray.ts';
import { UserError } from '../userError.ts';
import type { OnnxDtype, OnnxTensor } from './model.ts';
import { dtypeOfCode, fields, unreadDtypes } from './schema.ts';
import { modelError, read, type Message, type Values, type Wide } from './wire.ts';

const typedFields = ['floatData', 'int32Data', 'int64Data', 'doubleData', 'uint64Data'] as const;

/** Elements stored in one of the typed fields, each a list of numbers, instead of `raw_data`. */
type TypedElements = Pick<Values<typeof fields.tensor, unknown>, (typeof typedFields)[number]>;

/** The field that holds elements of a type, as onnx.proto says. */
const fieldOf: Readonly<Record<OnnxDtype, keyof TypedElements>> = {
  float32: 'floatData',
  float64: 'doubleData',
  int64: 'int64Data',
  uint32: 'uint64Data',
  uint64: 'uint64Data',
  int32: 'int32Data',
  int16: 'int32Data',
  int8: 'int32Data',
  uint16: 'int32Data',
  uint8: 'int32Data',
  bool: 'int32Data',
  float16: 'int32Data',
  bfloat16: 'int32Data',
};

function wideBytes(place: string, values: readonly Wide[], size: number): Uint8Array {
  if (size === 4) {
    if (values.some(({ high }) => high !== 0)) throw modelError(place, 'it holds numbers beyond uint32.');
    return bytesOf(Uint32Array.from(values, (value) => value.low >>> 0));
  }
  const halves = new Int32Array(values.length * 2);
  values.forEach(({ low, high }, index) => {
    halves[2 * index] = low;
    halves[2 * index + 1] = high;
  });
  return bytesOf(halves);
}

/** The arrays of types that int32_data stores; f16 and bf16 are stored as their 16 bits. */
const narrow: Partial<
  Record<OnnxDtype, { from(values: readonly number[]): ArrayLike<number> & ArrayBufferView }>
> = {
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
};

function narrowBytes(place: string, dtype: OnnxDtype, values: readonly number[]): Uint8Array {
  const made = narrow[dtype]!.from(values);
  const outside = values.find((v, i) => v !== made[i] || (dtype === 'bool' && v > 1));
  if (outside !== undefined)
    throw modelError(place, `it holds ${outside}, which is no number of the type ${dtype}.`);
  return bytesOf(made);
}

function typedBytes(place: string, dtype: OnnxDtype, typed: TypedElements): Uint8Array {
  const source = fieldOf[dtype];
  switch (source) {
    case 'floatData':
      return bytesOf(Float32Array.from(typed.floatData));
    case 'doubleData':
      return bytesOf(Float64Array.from(typed.doubleData));
    case 'int32Data':
      return narrowBytes(place, dtype, typed.int32Data);
    default:
      return wideBytes(place, typed[source], elements[dtype].size);
  }
}

/** The element type of a `data_type` number. */
export function dtypeAt(place: string, code: number): OnnxDtype {
  const dtype = dtypeOfCode.get(code);
  if (dtype !== undefined) return dtype;
  throw modelError(place, `the element type ${unreadDtypes[code] ?? `number ${code}`} is not supported.`);
}

/** Elements in a second place, or in one that is not the type's, would be left unread or read by others. */
function requireOnePlace(
  place: string,
  dtype: OnnxDtype,
  raw: Uint8Array | undefined,
  typed: TypedElements,
): void {
  const stray = typedFields
    .filter((name) => typed[name].length > 0)
    .find((name) => raw !== undefined || name !== fieldOf[dtype]);
  if (stray === undefined) return;
  const also = raw === undefined ? '' : ' beside rawData';
  throw modelError(
    place,
    `elements of the type ${dtype} are stored in ${stray}${also}, where they do not belong.`,
  );
}

/**
 * Reads a TensorProto. `rawData` is a view of the file where the file stores raw bytes.
 * @throws UserError for external data, segments, unsupported element types, elements in two places, and a count that
 *   does not fit the shape.
 */
export function decodeTensor(message: Message): OnnxTensor {
  const { name = '', dims, ...found } = read(message, fields.tensor);
  const place = name === '' ? message.place : `tensor '${name}' (${message.place})`;
  if (found.segment) throw modelError(place, 'its data are split in segments, which is not supported.');
  const dtype = dtypeAt(place, found.dataType ?? 0);
  if (found.stringData) throw modelError(place, `elements of the type ${dtype} are stored as strings.`);
  requireOnePlace(place, dtype, found.rawData, found);
  const rawData =
    outside(place, message, found, elementsIn(place, dims) * elements[dtype].size) ??
    (found.rawData ? bytesOf(found.rawData) : typedBytes(place, dtype, found));
  checkCount(place, dtype, dims, rawData.length);
  if (dtype === 'bool' && rawData.some((byte) => byte > 1))
    throw modelError(place, 'it holds truth values that are neither 0 nor 1.');
  return { name, dtype, dims, rawData };
}

function elementsIn(place: string, dims: readonly number[]): number {
  if (!dims.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw modelError(place, `its shape [${dims.slice(0, 8).join(', ')}] is not a list of sizes.`);
  }
  return dims.reduce((product, size) => product * size, 1);
}

/** The bytes of a tensor that lie in another file; undefined where they lie here. @param needed how many it has */
function outside(
  place: string,
  { external }: Message,
  found: {
    readonly externalData: readonly Uint8Array[];
    readonly dataLocation: number | undefined;
    readonly rawData: Uint8Array | undefined;
  },
  needed: number,
): Uint8Array | undefined {
  const { externalData, dataLocation = 0, rawData } = found;
  if (externalData.length === 0 && dataLocation === 0) return undefined;
  const said = new Map(
    externalData.map((bytes) => {
      const { key = '', value = '' } = read({ bytes, place }, fields.stringEntry);
      return [key, value] as const;
    }),
  );
  const location = said.get('location');
  if (dataLocation !== 1 || location === undefined || location === '')
    throw modelError(
      place,
      'its data lie in another file (external data), and the model does not say in which.',
    );
  if (rawData) throw modelError(place, 'it has data here and in another file (external data).');
  if (!external)
    throw new UserError(
      `${place}: its data lie in another file (external data), '${location}', which cannot be read here. Save the model as one file.`,
    );
  const number = (key: string): number | undefined => {
    const text = said.get(key);
    if (text !== undefined && !/^\d{1,15}$/.test(text))
      throw modelError(place, `the ${key} of its external data is '${text}'.`);
    return text === undefined ? undefined : Number(text);
  };
  const length = number('length');
  return external(
    { location, offset: number('offset') ?? 0, ...(length !== undefined && { length }) },
    needed,
  );
}

function checkCount(place: string, dtype: OnnxDtype, dims: readonly number[], length: number): void {
  const count = elementsIn(place, dims);
  const size = elements[dtype].size;
  if (count * size !== length) {
    throw modelError(
      place,
      `its shape [${dims.slice(0, 8).join(', ')}] needs ${count} ${dtype} elements, but ${length / size} are stored.`,
    );
  }
}
