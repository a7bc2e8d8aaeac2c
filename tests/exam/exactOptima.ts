/** @file The family of exact optima: thresholds just beside the least value of a network. */
import type { Rng } from '../../src/data/rng.ts';
import { ask, outcomeOf, withoutAttack } from './asking.ts';
import type { ExamFamily } from './family.ts';
import { leastOutputs, networkOf, type Affine } from './reluNetworks.ts';

const shapes = [[6], [5, 4], [4, 4, 3]] as const;
const distances = [1e-3, 1e-4, 1e-5];
const ways = [
  { name: 'input splitting', options: {} },
  { name: 'branch and bound', options: { inputSplit: false } },
  { name: 'mip', options: { method: 'mip' } },
  { name: 'bab-refine', options: { method: 'bab-refine' } },
] as const;

/** Random layers on two inputs with one output, numbers of f32. */
function randomLayers(widths: readonly number[], rng: Rng): Affine[] {
  let inputs = 2;
  return [...widths, 1].map((outputs) => {
    const uniform = (scale: number): number => Math.fround(rng.uniform(-scale, scale));
    const scale = Math.sqrt(3 / inputs);
    const weight = Array.from({ length: outputs }, () =>
      Array.from({ length: inputs }, () => uniform(scale)),
    );
    inputs = outputs;
    return { weight, bias: Array.from({ length: outputs }, () => uniform(0.5)) };
  });
}

export const exactOptima: ExamFamily = {
  name: 'exact optima',
  asks:
    'Random ReLU networks with two inputs: is the output ever below a threshold 1e-3, 1e-4 or 1e-5 (of its size) below ' +
    'or above its least value? By input splitting, branch and bound, integer programs and refined bounds, without attack.',
  truth:
    'The square of inputs is cut along every kink into the polygons on which the network is affine; the least value ' +
    'is at a corner of one of them.',
  leastRight: { small: 8, full: 80 },
  async sit({ size, rng, signal, answered }) {
    const networks = size === 'small' ? 3 : 24;
    for (let n = 0; n < networks; n++) {
      const layers = randomLayers(shapes[n % shapes.length], rng.fork(`network ${n}`));
      const [least] = leastOutputs(layers);
      const network = networkOf(`optimum-${n}`, layers);
      for (const [w, way] of ways.entries()) {
        const distance = distances[(n + w) % distances.length] * Math.max(0.1, Math.abs(least));
        // One side each in the small exam.
        for (const side of size === 'small' ? [(n + w) % 2 === 0 ? -1 : 1] : [-1, 1]) {
          signal.throwIfAborted();
          const threshold = least + side * distance;
          const property = `(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)
            (assert (and (<= -1 X_0 1) (<= -1 X_1 1)))(assert (<= Y_0 ${threshold}))`;
          const found = await ask(network, property, {
            ...withoutAttack,
            ...way.options,
            timeoutSeconds: 10,
            signal,
          });
          const truth = side < 0 ? 'unsat' : 'sat';
          answered({
            question: `network ${n}, ${way.name}, threshold ${threshold}`,
            outcome: outcomeOf(found, truth),
            detail: `${found.word} by ${found.by}; the least value is ${least}`,
          });
        }
      }
    }
  },
};
