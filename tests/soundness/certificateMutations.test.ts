/** Certificates spoilt in every way we know: none is accepted, unless rational arithmetic says that it is still a proof. */
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { sha256 } from '../../src/check/certificate/sha256.ts';
import type { CheckReport } from '../../src/check/contracts.ts';
import { createRng } from '../../src/data/rng.ts';
import {
  certificateBytes,
  imageFields,
  partsOf,
  proofBytes,
  randomModel,
  vnnlibFields,
  twoBoxes,
  type Parts,
} from './certificates.testing.ts';
import { ofImage, ofVnnlib, type Handed } from './certificateMutations.testing.ts';

const sizes = [3, 5, 4, 3];
let image: Parts;
let vnnlib: Parts;
beforeAll(async () => {
  const model = randomModel(10, sizes);
  image = (await partsOf(model, ...imageFields(model, [0.3, 0.6, 0.5], '0.21')))!;
  vnnlib = (await partsOf(model, await vnnlibFields(twoBoxes(0.4)), new Map(), twoBoxes(0.4)))!;
});

const checked = (handed: Handed, exact = false): Promise<CheckReport> =>
  check(
    handed.file ?? certificateBytes(handed),
    handed.model,
    handed.vnnlib === undefined ? undefined : new TextEncoder().encode(handed.vnnlib),
    { exact },
  );

describe.each([
  ['the property of an image', () => image, ofImage],
  ['a VNN-LIB property', () => vnnlib, ofVnnlib],
] as const)('a certificate of %s', (_, parts, mutations) => {
  it('is accepted as it is, by rational numbers too', async () => {
    expect(await checked(parts())).toMatchObject({
      result: 'proved',
      arithmetic: { real: true, float: 'float32' },
    });
    expect(await checked(parts(), true)).toMatchObject({ result: 'proved' });
  });

  it.each(Object.entries(mutations))('with %s', async (_, [mutate, kinds]) => {
    const handed = await mutate(parts());
    const report = await checked(handed);
    if (kinds !== '') expect(kinds.split(','), report.failure?.message).toContain(report.failure?.kind);
    if (report.result === 'proved') expect(await checked(handed, true)).toMatchObject({ result: 'proved' });
    else expect(report.failure).toBeDefined();
  });
});

describe('a proof in parts', () => {
  it('is one where all of them are, and each leaf is judged by one', async () => {
    const model = randomModel(23, sizes);
    const parts = (await partsOf(model, ...imageFields(model, [0.3, 0.6, 0.5], '0.25')))!;
    const file = certificateBytes(parts);
    const inParts = (bytes: Uint8Array) =>
      Promise.all([0, 1, 2].map((at) => check(bytes, model, undefined, { part: { at, of: 3 } })));
    const [whole, shared] = [await check(file, model), await inParts(file)];
    expect(whole.leaves).toBeGreaterThan(100);
    expect(shared.map(({ result }) => result)).toEqual(['proved', 'proved', 'proved']);
    expect(shared.reduce((sum, { leaves }) => sum + leaves, 0)).toBe(whole.leaves);
    expect(Math.min(...shared.map(({ worst }) => worst))).toBe(whole.worst);
    const spoilt = await inParts(
      certificateBytes({
        ...parts,
        metadata: {
          ...parts.metadata,
          property: { ...parts.metadata.property, epsilon: '0.5' },
        } as Parts['metadata'],
      }),
    );
    expect(spoilt.some(({ result }) => result === 'rejected')).toBe(true);
  });
});

describe('bytes changed at random', () => {
  it('never crash, and are a proof only where rational numbers say so', async () => {
    const runs = Number(process.env['CERTPRUNE_DAMAGE_RUNS'] ?? 2000);
    const rng = createRng(5);
    const file = certificateBytes(image);
    const results = { proved: 0, rejected: 0, unchecked: 0 };
    // The process may have grown for others before.
    const before = process.memoryUsage().rss;
    for (let run = 0; run < runs; run++) {
      const changed = file.slice();
      // Most of the changes to the proof: the head's are mostly told from the first byte on.
      const from = rng.next() < 0.2 ? 0 : file.length - proofBytes(image.proof).length;
      for (let i = rng.integer(3); i >= 0; i--)
        changed[from + rng.integer(file.length - from)] = rng.integer(256);
      const report = await checked({ ...image, file: changed });
      results[report.result]++;
      if (report.result === 'proved' && run % 10 === 0)
        expect(await checked({ ...image, file: changed }, true)).toMatchObject({ result: 'proved' });
    }
    console.log(results);
    expect(results.rejected).toBeGreaterThan(runs / 2);
    expect(process.memoryUsage().rss - before).toBeLessThan(1.5e9);
  }, 3_600_000);

  it('of the model never crash either, though the certificate names its hash', async () => {
    const rng = createRng(1);
    const results = { proved: 0, rejected: 0, unchecked: 0 };
    for (let run = 0; run < 600; run++) {
      const model = image.model.slice();
      for (let i = rng.integer(3); i >= 0; i--) model[rng.integer(model.length)] = rng.integer(256);
      const metadata = { ...image.metadata, model: { sha256: await sha256(model) } };
      const report = await checked({ ...image, model, metadata });
      results[report.result]++;
      if (report.result === 'proved')
        expect(await checked({ ...image, model, metadata }, true)).toMatchObject({ result: 'proved' });
    }
    expect(Math.min(...Object.values(results))).toBeGreaterThan(10);
  }, 120_000);
});
