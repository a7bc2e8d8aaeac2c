/** @file Bounds of layers that copy or add: flatten, dropout (identity when not training), add. */
import { add, flatten, reshape } from '../../tensor/index.ts';
import { mapIncreasing } from '../interval.ts';
import type { BoundRule } from '../rule.ts';

export const flattenRule: BoundRule<'flatten'> = {
  interval: ([x]) => mapIncreasing((t) => flatten(t), x),
  ball: ({ norm, center, radius }) => ({
    kind: 'ball',
    ball: { norm, center: flatten(center), radius: flatten(radius) },
  }),
  backward: (a, layer, context) => ({
    inputs: [reshape(a, [a.shape[0], ...context.shapeOf(layer.inputs[0])])],
  }),
};

export const dropoutRule: BoundRule<'dropout'> = {
  interval: ([x]) => x,
  ball: (ball) => ({ kind: 'ball', ball }),
  backward: (a) => ({ inputs: [a] }),
};

export const addRule: BoundRule<'add'> = {
  /** Ends add. */
  interval: ([x, y]) => ({ lower: add(x.lower, y.lower), upper: add(x.upper, y.upper) }),
  /** a·(x + y) = a·x + a·y: exact. */
  backward: (a) => ({ inputs: [a, a] }),
  rounding: {
    forward: ([x, y]) => add(x, y),
    forwardTerms: () => 2,
    backwardTerms: () => 1,
  },
};
