/** @file What is wrong at the moment in modules that a test replaces; it loads none of them. */
import type { Concrete } from '../../src/bounds/concretize.ts';
import type { lossBound } from '../../src/bounds/leastOverBall.ts';
import type { Tensor } from '../../src/tensor/index.ts';

type BallLoss = ReturnType<typeof lossBound>;

/** Changes of right values; absent: none. */
export interface Wrong {
  radius?: (right: Tensor) => Tensor;
  concrete?: (right: Concrete) => Concrete;
  ballLoss?: (right: BallLoss) => BallLoss;
}

/** Read by the replaced modules, set by a slip. */
export const wrong: Wrong = {};
