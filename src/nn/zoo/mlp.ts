/** @file Plain multi-layer perceptrons. */
import { convThenLinear, type ModelBuilder } from './model.ts';

/** ReLU network with the given hidden widths on flattened pixels. */
export const mlp = (name: string, hidden: readonly number[]): ModelBuilder =>
  convThenLinear(name, [], hidden);
