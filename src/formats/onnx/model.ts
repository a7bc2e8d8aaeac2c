/** @file An ONNX model as plain data: the part of the format that networks and traced programs need. */
import type { ElementType } from '../elements.ts';

/** Element type of a tensor, named as ONNX Runtime names it. */
export type OnnxDtype = ElementType;

/** A constant tensor. `rawData` holds the elements little-endian, row-major, `product(dims)` of them. */
export interface OnnxTensor {
  /** The value's name in the graph; '' for the tensor of an attribute. */
  readonly name: string;
  readonly dtype: OnnxDtype;
  readonly dims: readonly number[];
  readonly rawData: Uint8Array;
}

/**
 * One attribute of a node, its kind named by the only key. Integers are int64 in the file:
 * beyond ±2^53 they are rounded to f64 when read and clamped to int64 when written (2^63 − 1 means "to the end").
 */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly string: string }
  | { readonly strings: readonly string[] }
  | { readonly tensor: OnnxTensor }
  | { readonly graph: OnnxGraph };

/** One operation; an optional input that is left out is the name ''. */
export interface OnnxNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  /** Operator set; absent or '' = the standard one. */
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** Name, element type and shape of a value; a dimension is a size, a symbol, or '' where nothing is known. */
export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: OnnxDtype;
  /** Absent where not even the rank is known. */
  readonly dims?: readonly (number | string)[];
}

/** A graph, its nodes in execution order. Also the body of an `If` or `Loop`. */
export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  readonly valueInfos?: readonly OnnxValueInfo[];
}

/** A whole file. */
export interface OnnxModel {
  /** Version of the file format, e.g. 10. */
  readonly irVersion: number;
  /** Operator set domain ('' = standard) → version. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly graph: OnnxGraph;
  /** Free key/value strings kept with the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}
