/** @file The law of verdicts: random networks are answered as exact minima say, and planted counterexamples are never proved away. */
import { afterAll, expect, it } from 'vitest';
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
import { branchingHeuristics } from '../../src/verify/branching/table.ts';
import { createVerifier, verifySpecification, type VerifyOptions } from '../../src/verify/pipeline.ts';
import { prepareNetwork } from '../../src/verify/prepare.ts';
import { safetyMargin, type OutputRow, type Specification } from '../../src/verify/specification.ts';
import type { VerificationResult } from '../../src/verify/verdict.ts';
import { interpreterMachine } from './interpreterMachine.testing.ts';
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

/** `CERTPRUNE_SOUNDNESS=10` asks ten times as many networks. */
const factor = Number(process.env.CERTPRUNE_SOUNDNESS ?? 1);

/** A machine that is asked, and how much. */
export interface Runner {
  readonly where: string;
  /** Networks of each architecture, compared with exact minima on so many boxes, and with planted counterexamples. */
  readonly networks: number;
  readonly boxes: number;
  readonly planted: number;
  readonly attacks: boolean;
  readonly limits: VerifyOptions;
  readonly verifier: (
    given: NumberedNetwork,
  ) => Promise<(spec: Specification, options: VerifyOptions) => Promise<VerificationResult>>;
}

const few = (iterations: number) => ({
  blockIterations: iterations,
  blocks: 1,
  rates: { alpha: 0.2, beta: 0.1, decay: 0.98 },
});

/**
 * The engine takes a tenth of a second to compile a program, the interpreter a few milliseconds to trace it: it asks
 * many networks, with so little optimisation that the search has work left.
 */
export const runners: Readonly<Record<'runtime' | 'interpreter', Runner>> = {
  runtime: {
    where: 'in ONNX Runtime',
    networks: factor,
    boxes: 3,
    planted: factor,
    attacks: true,
    limits: { maxDomains: 800 },
    async verifier(given) {
      const { verify } = await createVerifier(prepareNetwork(given), { threads: 1 });
      return verify;
    },
  },
  interpreter: {
    where: 'in the f64 interpreter',
    networks: 12 * factor,
    boxes: 1,
    planted: 3 * factor,
    attacks: false,
    limits: {
      maxDomains: 120,
      batchRows: 16,
      rootEffort: few(3),
      domainEffort: few(2),
      intermediateIterations: 1,
    },
    async verifier(given) {
      const prepared = prepareNetwork(given);
      const tools = await createVerifier(prepared, { threads: 1 });
      const machine = interpreterMachine(prepared.bounded);
      return (spec, options) => verifySpecification({ ...tools, machine }, spec, options);
    },
  },
};

/** The bounds alone must tell: no attack finds what they overlook. Input splitting has tests of its own. */
const withoutAttack: VerifyOptions = {
  inputSplit: false,
  cheapAttack: { steps: 1, restarts: 0, relativeStep: 1 },
  strongAttack: { steps: 1, restarts: 0, relativeStep: 1 },
};
const timeout = 300_000 * factor;

const branchings = branchingHeuristics.names();

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

/** The suite of one machine; a file each, so that they run beside each other. */
export function verdictsAreRight({
  where,
  networks,
  boxes,
  planted,
  attacks,
  limits,
  verifier,
}: Runner): void {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const countVerdict = ({ verdict }: VerificationResult): void =>
    count(`${verdict.kind} (${verdict.kind === 'unknown' ? verdict.why : verdict.by})`);
  afterAll(() => {
    const words = [...counts].map(([what, n]) => `${what} ${n}`);
    console.log(`verdicts ${where}: ${words.sort((a, b) => a.localeCompare(b)).join(', ')}`);
  });

  type Verify = Awaited<ReturnType<Runner['verifier']>>;
  /** Asks for a little less and a little more than the exact minimum of random rows over a random box. */
  async function expectAgreement(given: NumberedNetwork, verify: Verify, rng: Rng, k: number): Promise<void> {
    const ends = randomBox(sizeOf(given.network.inputShape), rng);
    const rows = rowsOf(outputsOf(given), 1 + (k % 2), rng);
    const net = boundNetwork(given.network, given.numbers);
    const exact = await milpBound(net, boxOf(ends.lower, ends.upper), {}, rows, { weightError: 0 });
    if (exact.kind !== 'optimal') throw new Error(`no exact minimum: ${exact.kind}`);
    const scale = Math.max(1, Math.abs(exact.lower));
    for (const [offset, attack] of [
      [-0.2, true],
      [-0.003, false],
      [0.003, false],
      [0.05, true],
    ] as const) {
      const spec = specificationOf(ends, shifted(rows, exact.lower + offset * scale));
      const result = await verify(spec, {
        inputSplit: false,
        ...limits,
        branching: branchings[k % branchings.length],
        ...((!attack || !attacks) && withoutAttack),
      });
      const { verdict, lowerBound } = result;
      const at = `question ${k}, bound ${offset} from the minimum`;
      countVerdict(result);
      if (verdict.kind === 'unknown') expect(verdict.why, at).not.toBe('unsupported');
      else expect(verdict.kind, at).toBe(offset < 0 ? 'verified' : 'falsified');
      if (verdict.kind !== 'falsified') {
        expect(lowerBound, at).toBeLessThanOrEqual(-offset * scale + 1e-6 * scale);
        continue;
      }
      const { input } = verdict.witness;
      expect(input.every((v, i) => v >= ends.lower[i] && v <= ends.upper[i])).toBe(true);
      expect(safetyMargin(spec.unsafe, evaluateNetwork(given.network, given.numbers, input))).toBeLessThan(
        1e-5,
      );
    }
  }

  it.each(architectures)(
    'agree with exact minima on random %s networks',
    { timeout },
    async (architecture) => {
      for (let trial = 0; trial < networks; trial++) {
        const rng = createRng(`verdict ${architecture} ${trial}`);
        const given = randomNetwork(architecture, rng);
        const verify = await verifier(given);
        count('networks');
        for (let b = 0; b < boxes; b++) await expectAgreement(given, verify, rng, trial * boxes + b);
      }
    },
  );

  it.each(architectures)(
    'never prove a planted counterexample away: %s',
    { timeout },
    async (architecture) => {
      for (let trial = 0; trial < planted; trial++) {
        const rng = createRng(`planted ${architecture} ${trial}`);
        const given = randomNetwork(architecture, rng);
        const verify = await verifier(given);
        count('networks with planted counterexamples');
        for (let b = 0; b < 4; b++) {
          const ends = randomBox(sizeOf(given.network.inputShape), rng.fork(`box ${b}`));
          const point = Float32Array.from(pointsIn(ends, 2, rng).subarray(ends.lower.length));
          const outputs = evaluateNetwork(given.network, given.numbers, point);
          // Unsafe exactly where every row is no greater than at the planted point; other conjunctions are out of reach.
          const rows = rowsOf(outputs.length, 1 + (b % 2), rng).map((row) => ({
            ...row,
            bound: row.coefficients.reduce((sum, c, i) => sum + c * outputs[i], 0),
          }));
          const spec = specificationOf(ends, shifted(rowsOf(outputs.length, 1, rng), -1e4), rows);
          const result = await verify(spec, { ...limits, ...withoutAttack, maxDomains: 60 });
          countVerdict(result);
          expect(result.verdict.kind, `network ${trial}, box ${b}`).not.toBe('verified');
          expect(result.lowerBound).toBeLessThanOrEqual(1e-6);
        }
      }
    },
  );

  it('are many of both kinds, and mostly decided', () => {
    const of = (kind: string): number =>
      [...counts].reduce((sum, [what, n]) => sum + (what.startsWith(kind) ? n : 0), 0);
    const asked = of('verified') + of('falsified') + of('unknown');
    expect(asked).toBe(architectures.length * 4 * (networks * boxes + planted));
    for (const kind of ['verified', 'falsified']) expect(of(kind) / asked).toBeGreaterThan(0.2);
    expect(of('verified (bab)')).toBeGreaterThan(0);
  });
}
