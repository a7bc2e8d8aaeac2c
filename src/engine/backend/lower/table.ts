/** @file The table of lowerings: primitive → ONNX nodes. */
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { layout } from './layout.ts';
import { linear } from './linear.ts';
import type { LoweredName, LoweringTable } from './lowering.ts';
import { reduction } from './reduction.ts';

export const lowerings: LoweringTable<LoweredName> = {
  ...elementwise,
  ...layout,
  ...reduction,
  ...linear,
  ...indexing,
};
