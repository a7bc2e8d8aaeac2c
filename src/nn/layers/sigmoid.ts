/** @file sigmoid: 1/(1 + e⁻ˣ). */
import { sigmoid as logistic } from '../../tensor/index.ts';
import type { LayerBase } from './definition.ts';
import { activation } from './elementwise.ts';

export interface SigmoidLayer extends LayerBase {
  readonly kind: 'sigmoid';
}

export const sigmoid = activation<SigmoidLayer>({
  apply: logistic,
  onnx: 'Sigmoid',
  elementwise: { at: (x) => 1 / (1 + Math.exp(-x)), approximated: 1e-6 },
  nonnegative: 'always',
});
