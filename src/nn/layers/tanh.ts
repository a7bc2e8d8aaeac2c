/** @file tanh. */
import { tanh as hyperbolic } from '../../tensor/index.ts';
import type { LayerBase } from './definition.ts';
import { activation } from './elementwise.ts';

export interface TanhLayer extends LayerBase {
  readonly kind: 'tanh';
}

export const tanh = activation<TanhLayer>({
  apply: hyperbolic,
  onnx: 'Tanh',
  elementwise: { at: Math.tanh, approximated: 1e-6 },
});
