/** @file A small network for tests of pruning. */
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { prunableKeys } from './masks.ts';

/** Two convolutions with batch norm and a linear layer, on images of 2×6×6. */
export const network = sequential('small', [2, 6, 6])
  .conv(4, { kernel: 3 })
  .batchNorm()
  .relu()
  .conv(5, { kernel: 3 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(2)
  .build();
/** Fresh weights, batch norms of any scale and shift. */
export const numbers = initialize(network, createRng(3));
for (const [key, values] of Object.entries(numbers))
  if (/^bn.*(weight|bias)$/.test(key)) createRng(key).fillUniform(values, -1, 1);
/** What is pruned: the convolutions. */
export const keys = prunableKeys(network);
