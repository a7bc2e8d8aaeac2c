/** @file The family of pruned networks: dead rows, columns, channels, branches and layers. */
import type { Rng } from '../../src/data/rng.ts';
import { compress } from '../../src/prune/compress.ts';
import { ask, outcomeOf, withoutAttack } from './asking.ts';
import {
  deadBranches,
  deadChannels,
  deadLayer,
  deadRowsAndColumns,
  short,
  type Pruned,
} from './deadParts.ts';
import type { ExamFamily } from './family.ts';
import { leastOutputs, type Affine } from './reluNetworks.ts';

const shapes = [[4], [3, 3], [4, 3, 2]] as const;
const ways = [
  { name: 'the default', options: {} },
  { name: 'branch and bound', options: { ...withoutAttack, inputSplit: false } },
  { name: 'mip', options: { ...withoutAttack, method: 'mip' } },
  { name: 'bab-refine', options: { ...withoutAttack, method: 'bab-refine' } },
  { name: 'compressed', options: { ...withoutAttack, inputSplit: false } },
] as const;

/** The part that lives: two inputs, one output. */
function livingLayers(widths: readonly number[], rng: Rng): Affine[] {
  let inputs = 2;
  return [...widths, 1].map((outputs) => {
    const weight: number[][] = Array.from({ length: outputs }, () =>
      Array.from({ length: inputs }, () => short(rng)),
    );
    // No living neuron without a weight: it would be a dead one that the truth does not know of.
    for (const row of weight) if (!row.some((w) => w !== 0)) row[0] = 1;
    inputs = outputs;
    return { weight, bias: Array.from({ length: outputs }, () => short(rng, 0.5)) };
  });
}

const forms: Readonly<Record<string, (core: Affine[], rng: Rng) => { pruned: Pruned; core: Affine[] }>> = {
  'rows and columns': (core, rng) => ({ pruned: deadRowsAndColumns(core, rng), core }),
  channels: (core, rng) => ({ pruned: deadChannels(core, rng), core }),
  branches: (core, rng) => ({ pruned: deadBranches(core, rng), core }),
  'a layer': deadLayer,
};

export const prunedNetworks: ExamFamily = {
  name: 'pruned networks',
  asks:
    'Networks with rows, columns, channels (zero weights or a batch norm without γ), branches or a whole layer pruned ' +
    'away, constants that remain and inputs that nothing reads: is the output ever below a threshold 1e-3 below or above ' +
    'its least value? By every method, as given and compressed.',
  truth:
    'The network without the dead parts, constants given back in exact binary fractions; its least value is at a corner ' +
    'of one of the polygons that its kinks cut the square of inputs into.',
  leastRight: { small: 16, full: 200 },
  async sit({ size, rng, signal, answered }) {
    const rounds = size === 'small' ? 5 : 30;
    for (let round = 0; round < rounds; round++)
      for (const [f, [form, make]] of Object.entries(forms).entries()) {
        const own = rng.fork(`${form} ${round}`);
        const { pruned, core } = make(livingLayers(shapes[round % shapes.length], own), own);
        const [least] = leastOutputs(core);
        const distance = 1e-3 * Math.max(0.1, Math.abs(least));
        const way = ways[(round + f) % ways.length];
        const asked = way.name === 'compressed' ? compress(pruned) : pruned;
        // One side each in the small exam.
        for (const side of size === 'small' ? [(round + f) % 2 === 0 ? -1 : 1] : [-1, 1]) {
          signal.throwIfAborted();
          const threshold = least + side * distance;
          const box = Array.from(
            { length: pruned.inputs },
            (_, i) => `(declare-const X_${i} Real)(assert (and (<= -1 X_${i}) (<= X_${i} 1)))`,
          ).join('');
          const property = `${box}(declare-const Y_0 Real)(assert (<= Y_0 ${threshold}))`;
          const truth = side < 0 ? 'unsat' : 'sat';
          const found = await ask(asked, property, { ...way.options, timeoutSeconds: 10, signal });
          answered({
            question: `${form} ${round}, ${way.name}, threshold ${threshold}`,
            outcome: outcomeOf(found, truth),
            detail: `${found.word} by ${found.by}; the least value is ${least}`,
          });
        }
      }
  },
};
