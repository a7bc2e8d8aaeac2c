import { describe, expect, it } from 'vitest';
import { unstableNeurons } from '../../bounds/hostBounds.ts';
import { boundMachine } from '../../bounds/machine.ts';
import { rootBounds } from '../../bounds/rootBounds.ts';
import { createRng } from '../../data/rng.ts';
import { evaluateNetwork } from '../../nn/evaluate.testing.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { BudgetExceeded, startBudget } from '../budget.ts';
import { mapInputs, prepareNetwork } from '../prepare.ts';
import { perceptron, pointsIn, randomNumbers } from './randomNetwork.testing.ts';
import { refineRoot, tooLargeToRefine, type RefineRootOptions } from './refineRoot.ts';

const ends = { lower: new Float64Array(2).fill(-1), upper: new Float64Array(2).fill(1) };

async function prepared(seed: string, widths: readonly number[]) {
  const network = perceptron(widths);
  const given = { network, numbers: randomNumbers(network, createRng(seed)) };
  const { bounded, inputMap } = prepareNetwork(given);
  const machine = boundMachine(bounded, { threads: 1 });
  const box = mapInputs(inputMap, ends);
  const root = await rootBounds(machine, box);
  const options: RefineRootOptions = {
    timeShare: 1,
    secondsPerBound: 100,
    workers: 1,
    propagate: (known) => rootBounds(machine, box, { known, alphaIterations: 4 }),
  };
  return { given, bounded, machine, box, root, options };
}

describe('refining a root box', () => {
  it('tightens layer after layer, and every sampled value stays inside', async () => {
    const { given, bounded, box, root, options } = await prepared('refine', [2, 5, 4, 3, 2]);
    const seen: string[] = [];
    const found = await refineRoot(bounded, box, root, startBudget({}), {
      ...options,
      onProgress: (layer, done, of) => done === of && seen.push(layer),
    });
    if (found.kind !== 'refined') throw new Error(found.why);
    expect(found.neurons).toBeGreaterThan(3);
    expect(seen).toEqual(bounded.sites.slice(1).map(({ name }) => name));
    const points = pointsIn(ends, 200, createRng('points'));
    for (const site of bounded.sites) {
      const layers = given.network.layers.slice(
        0,
        given.network.layers.findIndex(({ name }) => name === site.input) + 1,
      );
      const values = evaluateNetwork({ ...given.network, layers }, given.numbers, points, 200);
      const { lower, upper } = found.root[site.name];
      for (let i = 0; i < site.size; i++) {
        expect(lower[i]).toBeGreaterThanOrEqual(root[site.name].lower[i]);
        expect(upper[i]).toBeLessThanOrEqual(root[site.name].upper[i]);
      }
      values.forEach((v, k) => {
        expect(v).toBeGreaterThanOrEqual(lower[k % site.size] - 1e-6);
        expect(v).toBeLessThanOrEqual(upper[k % site.size] + 1e-6);
      });
    }
    const last = bounded.sites.at(-1)!.name;
    expect(unstableNeurons(found.root[last]).length).toBeLessThanOrEqual(unstableNeurons(root[last]).length);
    const width = (bounds: typeof root): number =>
      bounds[last].upper.reduce((sum, u, i) => sum + u - bounds[last].lower[i], 0);
    expect(width(found.root)).toBeLessThan(0.95 * width(root));
  });

  it('is the same over two threads', async () => {
    const { bounded, box, root, options } = await prepared('threads', [2, 20, 24, 2]);
    expect(unstableNeurons(root[bounded.sites[1].name]).length).toBeGreaterThanOrEqual(16);
    const runs = await Promise.all(
      [1, 2].map((workers) =>
        refineRoot(bounded, box, root, startBudget({}), { ...options, workers, mostBinaries: 0 }),
      ),
    );
    const [one, two] = runs.map((run) => (run.kind === 'refined' ? run.root : {}));
    for (const { name } of bounded.sites)
      one[name].lower.forEach((low, i) => expect(two[name].lower[i]).toBeCloseTo(low, 5));
  });

  it('keeps the bounds where there is no time for it, and throws once all time is over', async () => {
    const { bounded, box, root, options } = await prepared('time', [2, 5, 4, 2]);
    const none = await refineRoot(bounded, box, root, startBudget({ timeoutSeconds: 10 }), {
      ...options,
      timeShare: 0,
    });
    expect(none).toEqual({ kind: 'refined', root, neurons: 0 });
    await expect(refineRoot(bounded, box, root, startBudget({ timeoutSeconds: 0 }), options)).rejects.toThrow(
      BudgetExceeded,
    );
  });

  it('leaves large networks alone, and says why', () => {
    const network = sequential('wide', [2]).linear(1600).relu().linear(2).build();
    const { bounded } = prepareNetwork({ network, numbers: randomNumbers(network, createRng('wide')) });
    const { name, size } = bounded.sites[0];
    const root = {
      [name]: { lower: new Float32Array(size).fill(-1), upper: new Float32Array(size).fill(1) },
    };
    expect(tooLargeToRefine(bounded, root)).toContain('1600 unstable neurons');
  });
});
