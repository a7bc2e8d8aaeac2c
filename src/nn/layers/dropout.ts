/** @file dropout: zeroes elements in training. */
import { mul } from '../../tensor/index.ts';
import { sameAsInput, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  /** Probability of zeroing an element in training. */
  readonly rate: number;
}

export const isDropout = (layer: LayerBase): layer is DropoutLayer => layer.kind === 'dropout';

/** Zeroes where the mask is 0 and scales the rest by 1/(1 − rate), so that the mean stays. */
export const dropout: LayerRule<DropoutLayer> = {
  form: 'moves',
  notation: {
    word: 'dropout',
    main: 'rate',
    fields: {
      rate: fields.number('rate', 0.5, {
        good: (v) => v >= 0 && v < 1,
        expected: 'a number from 0 to below 1',
      }),
    },
  },
  shape: sameAsInput,
  forward({ layer, inputs, mode, keepMask }) {
    if (mode === 'eval' || layer.rate === 0) return inputs[0];
    if (!keepMask)
      throw new Error(`dropout ${layer.name} needs a mask (forward's option keepMasks) in training`);
    return mul(mul(inputs[0], keepMask), 1 / (1 - layer.rate));
  },
  onnx: ({ node }) => [node('Identity')],
  channelwise: ([x]) => x,
  nonnegative: 'kept',
  isIdentity: () => true,
};
