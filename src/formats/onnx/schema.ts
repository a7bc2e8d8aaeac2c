/** @file The numbers of the ONNX protobuf format: message fields and enumerations, as far as they are used. */
import type { OnnxDtype } from './model.ts';

/** Message → field → protobuf field number. */
export const field = {
  model: {
    irVersion: 1,
    producerName: 2,
    producerVersion: 3,
    graph: 7,
    opsetImport: 8,
    metadataProps: 14,
    functions: 25,
  },
  stringEntry: { key: 1, value: 2 },
  operatorSet: { domain: 1, version: 2 },
  graph: {
    node: 1,
    name: 2,
    initializer: 5,
    input: 11,
    output: 12,
    valueInfo: 13,
    sparseInitializer: 15,
  },
  node: { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7, overload: 8 },
  attribute: {
    name: 1,
    float: 2,
    int: 3,
    string: 4,
    tensor: 5,
    graph: 6,
    floats: 7,
    ints: 8,
    strings: 9,
    tensors: 10,
    graphs: 11,
    typeProto: 14,
    typeProtos: 15,
    type: 20,
    refAttrName: 21,
    sparseTensor: 22,
    sparseTensors: 23,
  },
  tensor: {
    dims: 1,
    dataType: 2,
    segment: 3,
    floatData: 4,
    int32Data: 5,
    stringData: 6,
    int64Data: 7,
    name: 8,
    rawData: 9,
    doubleData: 10,
    uint64Data: 11,
    externalData: 13,
    dataLocation: 14,
  },
  valueInfo: { name: 1, type: 2 },
  type: { tensor: 1, sequence: 4, map: 5, sparseTensor: 8, optional: 9 },
  tensorType: { elemType: 1, shape: 2 },
  shape: { dim: 1 },
  dimension: { value: 1, param: 2 },
} as const;

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

/** Bytes of one element. */
export const onnxElementSize: Readonly<Record<OnnxDtype, number>> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
};
