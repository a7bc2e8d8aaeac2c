import { describe, expect, it } from 'vitest';
import { boundNetwork } from '../../src/bounds/boundNetwork.ts';
import { boxOf } from '../../src/bounds/box.ts';
import { createRng, type Rng } from '../../src/data/rng.ts';
import { evaluateNetwork } from '../../src/nn/evaluate.testing.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { sizeOf } from '../../src/tensor/index.ts';
import { milpBound } from '../../src/verify/exact/milp.ts';
import {
  pointsIn,
  randomBox,
  randomNetwork,
  type Architecture,
} from '../../src/verify/exact/randomNetwork.testing.ts';
import { createVerifier, type VerifyOptions } from '../../src/verify/pipeline.ts';
import { prepareNetwork } from '../../src/verify/prepare.ts';
import { safetyMargin, type OutputRow, type Specification } from '../../src/verify/specification.ts';
import type { Ends } from './laws.testing.ts';

const architectures: Architecture[] = [
  'sequential',
  'deep',
  'residual',
  'convolutional',
  'convResidual',
  'pooled',
  'leaky',
];

/** Networks of each architecture; `CERTPRUNE_SOUNDNESS=100` turns the suite into hundreds of them. */
const networks = Number(process.env.CERTPRUNE_SOUNDNESS ?? 2);

/** The bounds alone must tell: no attack finds what they overlook. Input splitting has tests of its own. */
const withoutAttack: VerifyOptions = {
  inputSplit: false,
  cheapAttack: { steps: 1, restarts: 0, relativeStep: 1 },
  strongAttack: { steps: 1, restarts: 0, relativeStep: 1 },
};
const timeout = networks * 30_000;
const limits: VerifyOptions = { inputSplit: false, maxDomains: 800, timeoutSeconds: 5 };

const rowsOf = (outputs: number, count: number, rng: Rng): OutputRow[] =>
  Array.from({ length: count }, () => ({
    coefficients: Float64Array.from({ length: outputs }, () => Math.fround(rng.uniform(-1, 1))),
    bound: 0,
  }));

const outputsOf = ({ network, numbers }: NumberedNetwork): number =>
  sizeOf(boundNetwork(network, numbers).shapes.get(network.layers.at(-1)!.name)!);

const shifted = (rows: readonly OutputRow[], bound: number): OutputRow[] =>
  rows.map((row) => ({ ...row, bound }));

const specificationOf = (ends: Ends, ...unsafe: OutputRow[][]): Specification => ({ ...ends, unsafe });

describe.each(architectures)('verdicts on random %s networks', (architecture) => {
  it('agree with exact minima', { timeout }, async () => {
    let asked = 0;
    let unknown = 0;
    for (let trial = 0; trial < networks; trial++) {
      const rng = createRng(`verdict ${architecture} ${trial}`);
      const given = randomNetwork(architecture, rng);
      const ends = randomBox(sizeOf(given.network.inputShape), rng);
      const rows = rowsOf(outputsOf(given), 1 + (trial % 2), rng);
      const net = boundNetwork(given.network, given.numbers);
      const exact = await milpBound(net, boxOf(ends.lower, ends.upper), {}, rows, { weightError: 0 });
      if (exact.kind !== 'optimal') throw new Error(`no exact minimum: ${exact.kind}`);
      const verifier = await createVerifier(prepareNetwork(given), { threads: 1 });
      const scale = Math.max(1, Math.abs(exact.lower));
      for (const [offset, attack] of [
        [-0.2, true],
        [-0.003, false],
        [0.003, false],
        [0.05, true],
      ] as const) {
        const spec = specificationOf(ends, shifted(rows, exact.lower + offset * scale));
        const options = { ...limits, ...(!attack && withoutAttack) };
        const { verdict, lowerBound } = await verifier.verify(spec, options);
        const where = `network ${trial}, bound ${offset} from the minimum`;
        asked++;
        if (verdict.kind === 'unknown') {
          unknown++;
          expect(verdict.why, where).not.toBe('unsupported');
        } else expect(verdict.kind, where).toBe(offset < 0 ? 'verified' : 'falsified');
        if (verdict.kind !== 'falsified') {
          expect(lowerBound, where).toBeLessThanOrEqual(-offset * scale + exact.tolerance);
          continue;
        }
        const { input } = verdict.witness;
        expect(input.every((v, i) => v >= ends.lower[i] && v <= ends.upper[i])).toBe(true);
        expect(safetyMargin(spec.unsafe, evaluateNetwork(given.network, given.numbers, input))).toBeLessThan(
          1e-5,
        );
      }
    }
  });

  it('never call a planted counterexample verified', { timeout }, async () => {
    for (let trial = 0; trial < networks; trial++) {
      const rng = createRng(`planted ${architecture} ${trial}`);
      const given = randomNetwork(architecture, rng);
      const verifier = await createVerifier(prepareNetwork(given), { threads: 1 });
      for (let b = 0; b < 4; b++) {
        const ends = randomBox(sizeOf(given.network.inputShape), rng.fork(`box ${b}`));
        const planted = Float32Array.from(pointsIn(ends, 2, rng).subarray(ends.lower.length));
        const outputs = evaluateNetwork(given.network, given.numbers, planted);
        // Unsafe exactly where every row is no greater than at the planted point; other conjunctions are out of reach.
        const rows = rowsOf(outputs.length, 1 + (b % 2), rng).map((row) => ({
          ...row,
          bound: row.coefficients.reduce((sum, c, i) => sum + c * outputs[i], 0),
        }));
        const spec = specificationOf(ends, shifted(rowsOf(outputs.length, 1, rng), -1e4), rows);
        const { verdict, lowerBound } = await verifier.verify(spec, { ...withoutAttack, maxDomains: 150 });
        expect(verdict.kind, `network ${trial}, box ${b}`).not.toBe('verified');
        expect(lowerBound).toBeLessThanOrEqual(1e-6);
      }
    }
  });
});
