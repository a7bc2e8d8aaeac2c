/** @file leakyRelu: max(x, slope·x), for slopes in 0..1. */
import { abs, add, maximum, mul } from '../../tensor/index.ts';
import type { LayerBase } from './definition.ts';
import { activation } from './elementwise.ts';
import { fields } from './notation.ts';

export interface LeakyReluLayer extends LayerBase {
  readonly kind: 'leakyRelu';
  readonly negativeSlope: number;
}

export const leakyRelu = activation<LeakyReluLayer>({
  apply: (x, { negativeSlope }) => maximum(x, mul(x, negativeSlope)),
  onnx: 'LeakyRelu',
  attributes: ({ negativeSlope }) => ({ alpha: { float: negativeSlope } }),
  notation: {
    word: 'leaky_relu',
    main: 'negativeSlope',
    fields: {
      negativeSlope: fields.number('slope', 0.01, {
        good: (v) => v >= 0 && v <= 1,
        expected: 'a number from 0 to 1',
      }),
    },
  },
  elementwise: {
    at: (x, { negativeSlope }) => (x > 0 ? x : negativeSlope * x),
    kink: 0,
    example: { negativeSlope: 0.1 },
  },
  doubt({ error }, result, { negativeSlope }) {
    const rounded = mul(abs(result), 2 ** -23);
    return error ? add(mul(error, Math.max(1, negativeSlope)), rounded) : rounded;
  },
});
