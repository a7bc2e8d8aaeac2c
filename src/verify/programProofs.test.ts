import { describe, expect, it } from 'vitest';
import { createRng, type Rng } from '../data/rng.ts';
import { proofRecord } from '../certify/recorder.ts';
import { milpBound } from './exact/milp.ts';
import { perceptron, randomNumbers } from './exact/randomNetwork.testing.ts';
import { refuteAll } from './files/refuteAll.ts';
import { boxStatement } from './files/statements.ts';
import { openNetwork } from './files/subject.ts';
import { verifySpecification } from './pipeline.ts';
import { mapInputs } from './prepare.ts';
import { domainEffort, probeEffort } from './rowSearch.ts';
import type { Specification } from './specification.ts';
import type { Tools } from './tools.ts';
import type { VerifyOptions } from './verifyOptions.ts';

const none = { restarts: 0, steps: 1, relativeStep: 1 };
/** Multipliers are not looked for: what closes a domain is what its splits leave of it, or a linear program. */
const idle: VerifyOptions = {
  cheapAttack: none,
  strongAttack: none,
  inputSplit: false,
  intermediateIterations: 0,
  rootEffort: probeEffort,
  domainEffort: probeEffort,
};

/** A network and a conjunction that holds by a little: of `rows` rows whose greatest margin is what counts. */
async function question(seed: string, rows: number): Promise<{ tools: Tools; spec: Specification }> {
  const rng = createRng(seed);
  const network = perceptron([3, 6, 6, 3]);
  const opened = await openNetwork({ network, numbers: randomNumbers(network, rng) }, { threads: 1 });
  const center = Float64Array.from({ length: 3 }, () => Math.fround(rng.uniform(-1, 1)));
  const box = { lower: center.map((v) => v - 0.6), upper: center.map((v) => v + 0.6) };
  const asked = Array.from({ length: rows }, () => ({ coefficients: randomRow(rng), bound: 0 }));
  const { prepared } = opened.tools;
  const exact = await milpBound(prepared.bounded, mapInputs(prepared.inputMap, box), {}, asked);
  if (exact.kind !== 'optimal') throw new Error(exact.kind);
  const unsafe = [asked.map(({ coefficients }) => ({ coefficients, bound: exact.lower - 2e-3 }))];
  return { tools: opened.tools, spec: { ...box, unsafe } };
}

const randomRow = (rng: Rng): Float64Array =>
  Float64Array.from({ length: 3 }, () => Math.fround(rng.uniform(-1, 1)));

/** Leaves that programs have closed, in the order of the search, as it tells them. */
async function programLeaves(tools: Tools, spec: Specification, options: VerifyOptions): Promise<number> {
  const record = proofRecord();
  let leaves = 0;
  const { verdict } = await verifySpecification(tools, spec, {
    ...options,
    recorder: {
      ...record,
      closed(leaf) {
        if (leaf.by === 'programs') leaves++;
        record.closed(leaf);
      },
    },
  });
  expect(verdict.kind).toBe('verified');
  record.close();
  return leaves;
}

describe('proofs by programs', () => {
  it.each([1, 2])(
    'leaves that linear programs close are checked, of %d rows',
    async (rows) => {
      let leaves = 0;
      for (let seed = 0; seed < 1; seed++) {
        const { tools, spec } = await question(`programs ${rows} ${seed}`, rows);
        leaves += await programLeaves(tools, spec, idle);
        const statement = boxStatement(spec);
        const result = await refuteAll(tools, [spec], { ...idle, certify: 'always', statement });
        expect(result).toMatchObject({ verdict: { kind: 'verified' }, checked: 'yes' });
      }
      expect(leaves).toBeGreaterThan(10);
    },
    120_000,
  );

  it.each(['mip', 'bab-refine'] as const)(
    'the method %s is checked where its parts close without',
    async (method) => {
      const options: VerifyOptions = { ...idle, domainEffort, method };
      for (let seed = 0; seed < 1; seed++) {
        const { tools, spec } = await question(`${method} ${seed}`, 1);
        const statement = boxStatement(spec);
        const result = await refuteAll(tools, [spec], { ...options, certify: 'always', statement });
        expect(result).toMatchObject({ verdict: { kind: 'verified', by: method }, checked: 'yes' });
      }
    },
    120_000,
  );
});
