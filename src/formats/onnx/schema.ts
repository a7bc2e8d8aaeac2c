/** @file The ONNX protobuf format: messages with their fields, and enumerations, as far as they are used. */
import type { OnnxDtype } from './model.ts';
import type { Fields } from './wire.ts';

/** The messages: each field's protobuf number and type. */
export const fields = {
  model: {
    irVersion: [1, 'int'],
    producerName: [2, 'text'],
    producerVersion: [3, 'text'],
    graph: [7, 'bytes'],
    opsetImport: [8, 'bytes[]'],
    metadataProps: [14, 'bytes[]'],
    functions: [25, 'presence'],
  },
  stringEntry: { key: [1, 'text'], value: [2, 'text'] },
  operatorSet: { domain: [1, 'text'], version: [2, 'int'] },
  graph: {
    node: [1, 'bytes[]'],
    name: [2, 'text'],
    initializer: [5, 'bytes[]'],
    input: [11, 'bytes[]'],
    output: [12, 'bytes[]'],
    valueInfo: [13, 'bytes[]'],
    sparseInitializer: [15, 'presence'],
  },
  node: {
    input: [1, 'text[]'],
    output: [2, 'text[]'],
    name: [3, 'text'],
    opType: [4, 'text'],
    attribute: [5, 'bytes[]'],
    domain: [7, 'text'],
    overload: [8, 'text'],
  },
  attribute: {
    name: [1, 'text'],
    float: [2, 'float'],
    int: [3, 'int'],
    string: [4, 'text'],
    tensor: [5, 'bytes'],
    graph: [6, 'bytes'],
    floats: [7, 'float[]'],
    ints: [8, 'int[]'],
    strings: [9, 'text[]'],
    tensors: [10, 'presence'],
    graphs: [11, 'presence'],
    typeProto: [14, 'presence'],
    typeProtos: [15, 'presence'],
    type: [20, 'int32'],
    refAttrName: [21, 'text'],
    sparseTensor: [22, 'presence'],
    sparseTensors: [23, 'presence'],
  },
  tensor: {
    dims: [1, 'int[]'],
    dataType: [2, 'int32'],
    segment: [3, 'presence'],
    floatData: [4, 'float[]'],
    int32Data: [5, 'int32[]'],
    stringData: [6, 'presence'],
    int64Data: [7, 'wide[]'],
    name: [8, 'text'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'double[]'],
    uint64Data: [11, 'wide[]'],
    externalData: [13, 'bytes[]'],
    dataLocation: [14, 'int32'],
  },
  valueInfo: { name: [1, 'text'], type: [2, 'bytes'] },
  type: {
    tensor: [1, 'bytes'],
    sequence: [4, 'presence'],
    map: [5, 'presence'],
    sparseTensor: [8, 'presence'],
    optional: [9, 'presence'],
  },
  tensorType: { elemType: [1, 'int32'], shape: [2, 'bytes'] },
  shape: { dim: [1, 'bytes[]'] },
  dimension: { value: [1, 'int'], param: [2, 'text'] },
} as const satisfies Readonly<Record<string, Fields>>;

/** Attribute kind → number of the attribute's `type` field. */
export const attributeType = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const;

/** Element type → number of `data_type`. */
export const dtypeCode: Readonly<Record<OnnxDtype, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

/** Number of `data_type` → element type. */
export const dtypeOfCode: ReadonlyMap<number, OnnxDtype> = new Map(
  (Object.entries(dtypeCode) as [OnnxDtype, number][]).map(([dtype, code]) => [code, dtype]),
);

/** Element types that exist in the format and are not read here, for messages. */
export const unreadDtypes: Readonly<Record<number, string>> = {
  8: 'string',
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};
