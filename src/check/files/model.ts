/** @file An ONNX file as the checker sees it. */

/** Numbers of a file. */
export interface Constant {
  readonly shape: readonly number[];
  readonly type: ElementType;
  /** Exact; integers beyond ±2^53 are ±Infinity, which only the ends of a slice may be. */
  readonly values: Float64Array;
}

export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint64'
  | 'uint32'
  | 'uint16'
  | 'uint8'
  | 'bool';

export type Attribute = number | readonly number[] | string | readonly string[] | Constant;

export interface ModelNode {
  readonly op: string;
  readonly name: string;
  /** '' where an optional one is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Model {
  /** Of the standard operators. */
  readonly opset: number;
  /** Without initializers; a size is undefined where it is free or named. */
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly (number | undefined)[];
    readonly type: ElementType;
  }[];
  readonly outputs: readonly { readonly name: string }[];
  /** In the order of the file. */
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}
