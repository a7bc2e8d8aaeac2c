/** @file relu: max(x, 0). */
import { add, minimum, relu as positivePart } from '../../tensor/index.ts';
import type { LayerBase } from './definition.ts';
import { activation } from './elementwise.ts';

export interface ReluLayer extends LayerBase {
  readonly kind: 'relu';
}

export const relu = activation<ReluLayer>({
  apply: positivePart,
  onnx: 'Relu',
  elementwise: { at: (x) => Math.max(0, x), kink: 0 },
  nonnegative: 'always',
  isIdentity: (_, __, before) => before?.kind === 'relu',
  /** Where the argument is certainly negative there is nothing to doubt. */
  doubt: ({ value, error }) => error && minimum(error, positivePart(add(value, error))),
});
