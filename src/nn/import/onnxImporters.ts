/** @file The table of ONNX operations that can be imported: name → importer. */
import { activation } from './ops/activation.ts';
import { arithmetic } from './ops/arithmetic.ts';
import { convolution } from './ops/convolution.ts';
import { folding } from './ops/folded.ts';
import { layout } from './ops/layout.ts';
import { pooling } from './ops/pool.ts';
import { product } from './ops/product.ts';
import { reduction } from './ops/reduce.ts';
import { selection } from './ops/select.ts';
import type { OnnxImporter } from './site.ts';

/** Operations on values that depend on the network's input. */
const onValues = {
  ...arithmetic,
  ...activation,
  ...product,
  ...convolution,
  ...pooling,
  ...reduction,
  ...layout,
  ...selection,
};

export const onnxImporters: ReadonlyMap<string, OnnxImporter> = new Map(
  Object.entries({ ...onValues, ...folding }),
);

/** Names for messages. */
export const supportedOperations: readonly string[] = Object.keys(onValues).sort();
