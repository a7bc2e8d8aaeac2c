import { afterEach, describe, expect, it } from 'vitest';
import { boundMachine } from '../../bounds/machine.ts';
import { rootBounds } from '../../bounds/rootBounds.ts';
import { createRng } from '../../data/rng.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { initialize } from '../../nn/initialize.ts';
import { mapInputs, prepareNetwork } from '../prepare.ts';
import { domainEffort, rowSearch, type RowTask } from '../rowSearch.ts';
import { marginRow } from '../specification.ts';
import { parallelRows, type ParallelRows } from './parallelRows.ts';

let open: ParallelRows | undefined;
afterEach(() => open?.close());

async function searches(aloneUntil: number) {
  const network = sequential('net', [6]).linear(12).relu().linear(8).relu().linear(3).build();
  const prepared = prepareNetwork({ network, numbers: initialize(network, createRng(7)) });
  const machine = boundMachine(prepared.bounded, { threads: 1 });
  const box = mapInputs(prepared.inputMap, {
    lower: new Float64Array(6).fill(-1),
    upper: new Float64Array(6).fill(1),
  });
  const root = await rootBounds(machine, box);
  const alone = rowSearch(machine, box, root);
  open = parallelRows(machine, box, root, { workers: 2, aloneUntil });
  const site = alone.sites.findIndex(({ index }) => index.length > 1);
  const tasks = Array.from({ length: 40 }, (_, t): RowTask => ({
    row: { ...marginRow(t % 3, (t + 1) % 3, 3), bound: t / 40 },
    splits: [{ site, neuron: t % 2, point: 0, side: t % 4 < 2 ? 1 : -1 }],
  }));
  return { alone, parallel: open, tasks };
}

const never = (): boolean => false;
const nothing = (): void => undefined;

describe('rows in parallel', () => {
  it('have the bounds that one thread finds', async () => {
    const { alone, parallel, tasks } = await searches(0);
    const wanted = await alone.bound(tasks, domainEffort, never, nothing);
    const found = await parallel.bound(tasks, domainEffort, never, nothing);
    expect(found).toHaveLength(40);
    found.forEach((outcome, t) => {
      expect(outcome.lower).toBeCloseTo(wanted[t].lower, 4);
      expect(outcome.beta).toHaveLength(1);
      expect(outcome.alpha.map((a) => a.length)).toEqual(wanted[t].alpha.map((a) => a.length));
      if (outcome.candidateMargin <= 0) expect(outcome.candidate()).toHaveLength(6);
    });
  });

  it('are bounded alone at first', async () => {
    const { alone, parallel, tasks } = await searches(1000);
    const wanted = await alone.bound(tasks, domainEffort, never, nothing);
    const found = await parallel.bound(tasks, domainEffort, never, nothing);
    expect(found.map(({ lower }) => lower)).toEqual(wanted.map(({ lower }) => lower));
  });

  it('stop in all threads where the time is over', async () => {
    const { parallel, tasks } = await searches(0);
    await expect(
      parallel.bound(tasks, domainEffort, never, () => {
        throw new Error('over');
      }),
    ).rejects.toThrow('over');
    parallel.close();
  });
});
