import { describe, expect, it } from 'vitest';
import { boundMachine } from '../bounds/machine.ts';
import { rootBounds } from '../bounds/rootBounds.ts';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { milpBound } from './exact/milp.ts';
import { createVerifier } from './pipeline.ts';
import { mapInputs, prepareNetwork } from './prepare.ts';
import { marginRow } from './specification.ts';

describe('the method mip', () => {
  const network = sequential('net', [4]).linear(8).relu().linear(5).relu().linear(2).build();
  const prepared = prepareNetwork({ network, numbers: initialize(network, createRng(3)) });
  const [lower, upper] = [new Float64Array(4).fill(-1), new Float64Array(4).fill(1)];
  const attack = { steps: 1, restarts: 0, relativeStep: 1 };
  const options = {
    method: 'mip',
    cheapAttack: attack,
    timeoutSeconds: 100,
    refine: { timeShare: 0 },
  } as const;

  it('decides on both sides of the exact minimum', async () => {
    const { verify } = await createVerifier(prepared, { threads: 1 });
    const box = mapInputs(prepared.inputMap, { lower, upper });
    const root = await rootBounds(boundMachine(prepared.bounded, { threads: 1 }), box);
    const row = marginRow(0, 1, 2);
    const exact = await milpBound(prepared.bounded, box, root, row);
    if (exact.kind !== 'optimal') throw new Error(exact.kind);
    const verdictAt = async (bound: number) =>
      (await verify({ lower, upper, unsafe: [[{ ...row, bound }]] }, options)).verdict;
    expect(await verdictAt(exact.lower - 1e-3)).toEqual({ kind: 'verified', by: 'mip' });
    expect(await verdictAt(exact.lower + 1e-3)).toMatchObject({ kind: 'falsified', by: 'mip' });
    const meant = await milpBound(prepared.bounded, box, root, row, { weightError: 0 });
    if (meant.kind !== 'optimal') throw new Error(meant.kind);
    expect((await verdictAt(meant.upper + 1e-9)).kind).not.toBe('verified');
  });

  it('bab-refine searches on refined bounds, and says so', async () => {
    const deep = sequential('deep', [4]).linear(6).relu().linear(5).relu().linear(2).build();
    const subject = prepareNetwork({ network: deep, numbers: initialize(deep, createRng(9)) });
    const { verify } = await createVerifier(subject, { threads: 1 });
    const row = marginRow(0, 1, 2);
    const box = mapInputs(subject.inputMap, { lower, upper });
    const exact = await milpBound(subject.bounded, box, {}, row);
    if (exact.kind !== 'optimal') throw new Error(exact.kind);
    const steps: string[] = [];
    const verdictAt = async (bound: number) =>
      (
        await verify(
          { lower, upper, unsafe: [[{ ...row, bound }]] },
          {
            ...options,
            method: 'bab-refine',
            refine: { timeShare: 1 },
            onProgress: ({ step }) => void (step && steps.push(step)),
          },
        )
      ).verdict;
    expect(await verdictAt(exact.lower - 1e-4)).toEqual({ kind: 'verified', by: 'bab-refine' });
    expect((await verdictAt(exact.lower + 1e-3)).kind).toBe('falsified');
    expect(steps.some((step) => /refined: \d+\/\d+ neurons/.test(step))).toBe(true);
  });
});
