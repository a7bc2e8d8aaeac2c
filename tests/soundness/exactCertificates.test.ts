/** The f64 walk against rational arithmetic: certificates of small random networks that the one accepts, the other accepts. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { boundNetwork } from '../../src/bounds/boundNetwork.ts';
import { boxOf } from '../../src/bounds/box.ts';
import { check } from '../../src/check/check.ts';
import { createRng } from '../../src/data/rng.ts';
import { sizeOf } from '../../src/tensor/index.ts';
import { milpBound } from '../../src/verify/exact/milp.ts';
import { randomBox, randomNetwork, type Architecture } from '../../src/verify/exact/randomNetwork.testing.ts';
import { refuteAll, type RefuteOptions } from '../../src/verify/files/refuteAll.ts';
import { boxStatement } from '../../src/verify/files/statements.ts';
import { openNetwork } from '../../src/verify/files/subject.ts';
import type { Specification } from '../../src/verify/specification.ts';
import { interpreterMachine } from './interpreterMachine.testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'exact-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const none = { restarts: 0, steps: 1, relativeStep: 1 };
const effort = { blockIterations: 3, blocks: 1, rates: { alpha: 0.2, beta: 0.1, decay: 0.98 } };
const asked: RefuteOptions = {
  cheapAttack: none,
  strongAttack: none,
  inputSplit: false,
  maxDomains: 120,
  batchRows: 16,
  rootEffort: effort,
  domainEffort: effort,
  intermediateIterations: 1,
  certify: 'always',
};

const architectures: Architecture[] = [
  'sequential',
  'deep',
  'residual',
  'convolutional',
  'convResidual',
  'pooled',
  'leaky',
];
const most = 200;
const factor = Number(process.env.CERTPRUNE_SOUNDNESS ?? 1);

describe('every certificate of the soundness suite’s networks', () => {
  it.each(architectures)('that f64 accepts is one in exact arithmetic: %s', async (architecture) => {
    let proofs = 0;
    for (let trial = 0; trial < 4 * factor; trial++) {
      const rng = createRng(`verdict ${architecture} ${trial}`);
      const given = randomNetwork(architecture, rng);
      const net = boundNetwork(given.network, given.numbers);
      if (net.sites.reduce((sum, { size }) => sum + size, 0) > most) continue;
      const ends = randomBox(sizeOf(given.network.inputShape), rng);
      const { tools, outputShape } = await openNetwork(given, { threads: 1 });
      const row = {
        coefficients: Float64Array.from({ length: sizeOf(outputShape) }, () =>
          Math.fround(rng.uniform(-1, 1)),
        ),
        bound: 0,
      };
      const exact = await milpBound(net, boxOf(ends.lower, ends.upper), {}, row, { weightError: 0 });
      if (exact.kind !== 'optimal') throw new Error(exact.kind);
      for (const distance of [1e-4, 3e-3, 0.2]) {
        const bound = exact.lower - distance * Math.max(1, Math.abs(exact.lower));
        const spec: Specification = { ...ends, unsafe: [[{ ...row, bound }]] };
        const certificate = join(folder, `${architecture} ${trial} ${distance}.safetensors`);
        const machine = interpreterMachine(tools.prepared.bounded);
        const options = { ...asked, certificate, statement: boxStatement(spec) };
        const result = await refuteAll({ ...tools, machine }, [spec], options);
        if (result.checked !== 'yes') continue;
        proofs++;
        const [bytes, model] = [readFileSync(certificate), tools.prepared.file];
        const inDoubles = await check(bytes, model);
        expect(inDoubles).toMatchObject({ result: 'proved' });
        const rational = await check(bytes, model, undefined, { exact: true });
        expect(rational).toMatchObject({ result: 'proved', leaves: inDoubles.leaves });
        expect(rational.worst).toBeGreaterThanOrEqual(inDoubles.worst);
        // What holds in the format by the one holds by the other.
        if (inDoubles.arithmetic.float !== 'none') expect(rational.arithmetic).toEqual(inDoubles.arithmetic);
      }
    }
    expect(proofs).toBeGreaterThan(2);
  });
});
