/** The container and the stream of certificates: what is written is read, and damage fails by name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headBytes, sectionBytes, stepBytes, varint } from '../../src/certify/encode.ts';
import { readCertificate, type Certificate } from '../../src/check/certificate/certificate.ts';
import type { Metadata } from '../../src/check/certificate/metadata.ts';
import type { BoundsSection, Changes, Step } from '../../src/check/certificate/steps.ts';
import { CheckFailure } from '../../src/check/failure.ts';
import { propertyOf } from '../../src/check/property/fields.ts';

const increasing = (most: number) =>
  fc.uniqueArray(fc.nat(most), { maxLength: 4 }).map((values) => values.toSorted((a, b) => a - b));
const changes: fc.Arbitrary<Changes> = increasing(300).chain((sites) =>
  fc.tuple(
    ...sites.map((site) =>
      fc.tuple(increasing(100_000), fc.infiniteStream(fc.nat(255))).map(([elements, alphas]) => ({
        site,
        elements: Uint32Array.from(elements),
        alphas: Uint8Array.from(elements, () => alphas.next().value),
      })),
    ),
  ),
);
const rows = fc
  .uniqueArray(fc.tuple(fc.nat(9), fc.nat(500)), { maxLength: 5, selector: ([s, e]) => `${s} ${e}` })
  .chain((places) =>
    fc.tuple(
      ...places
        .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
        .map(([site, element]) =>
          fc
            .oneof(
              fc.record({ lower: changes, upper: changes }),
              fc.record({ lower: changes }),
              fc.record({ upper: changes }),
            )
            .map((sides) => ({ site, element, ...sides })),
        ),
    ),
  );
const section: fc.Arbitrary<BoundsSection> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.record({ kind: fc.constantFrom('adaptive', 'list'), rows }),
);
const bfloat = fc.tuple(fc.nat(127), fc.integer({ min: -100, max: 100 })).map(([m, e]) => (128 + m) * 2 ** e);
const inner: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('alpha' as const), changes }),
  fc.record({ kind: fc.constant('bounds' as const), section }),
);
const end = (splits: number): fc.Arbitrary<Step> =>
  fc.oneof(
    fc.constant({ kind: 'empty' } as const),
    fc.record({
      kind: fc.constant('leaf' as const),
      rows: fc.array(fc.record({ row: fc.nat(20), weight: bfloat }), { minLength: 1, maxLength: 3 }),
      changes,
      betas: fc
        .array(bfloat, { minLength: splits, maxLength: splits })
        .map((list) => Float64Array.from(list)),
    }),
  );
interface Placed {
  readonly step: Step;
  readonly splits: number;
}
const tree = (splits: number, depth: number): fc.Arbitrary<Placed[]> =>
  fc.array(inner, { maxLength: 2 }).chain((steps) => {
    const before = steps.map((step) => ({ step, splits }));
    const leaf = end(splits).map((step) => [...before, { step, splits }]);
    if (depth === 0) return leaf;
    const split = fc.record({
      kind: fc.constant('split' as const),
      site: fc.nat(9),
      element: fc.nat(1e6),
      point: fc.float({ noNaN: true, noDefaultInfinity: true }),
    });
    const halve = fc.record({
      kind: fc.constant('halve' as const),
      input: fc.nat(1e5),
      value: fc.double({ noNaN: true, noDefaultInfinity: true }),
    });
    return fc.oneof(
      leaf,
      fc.oneof(split, halve).chain((step: Step) => {
        const below = splits + (step.kind === 'split' ? 1 : 0);
        return fc
          .tuple(tree(below, depth - 1), tree(below, depth - 1))
          .map(([a, b]) => [...before, { step, splits }, ...a, ...b]);
      }),
    );
  });

const metadata: Metadata = {
  format: 'certprune-certificate',
  version: 1,
  tool: 'a test',
  statement: 'whatever',
  model: { sha256: 'a'.repeat(64), name: 'net.onnx' },
  property: { kind: 'image', label: 1, classes: 3, epsilon: '2/255', norm: 'linf', range: ['0', '1'] },
  arithmetic: { float: 'float32', flush: true },
};
const image = new Map([['image', { shape: [1, 2, 2], values: Float64Array.of(0, 0.25, 0.5, 1) }]]);

const joined = (pieces: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(pieces.flatMap((piece) => [...piece]));
function fileOf(sets: number, first: BoundsSection, steps: readonly Placed[]): Uint8Array {
  const proof = joined([
    Uint8Array.from(varint(sets)),
    sectionBytes(first),
    ...steps.map(({ step }) => stepBytes(step)),
  ]);
  return joined([headBytes(metadata, image, proof.length), proof]);
}
function* pieces(bytes: Uint8Array, sizes: Iterator<number>): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const next = at + sizes.next().value!;
    yield bytes.subarray(at, next);
    at = next;
  }
}
/** Reads all steps as the checker would walk them, and gives them back. */
async function readAll(
  certificate: Certificate,
): Promise<{ sets: number; first: BoundsSection; steps: Placed[] }> {
  const { proof } = certificate;
  const sets = await proof.sets();
  const first = await proof.bounds();
  const steps: Placed[] = [];
  for (const open = [0]; open.length > 0;) {
    const splits = open.pop()!;
    const step = await proof.step(splits);
    steps.push({ step, splits });
    const below = splits + (step.kind === 'split' ? 1 : 0);
    if (step.kind === 'split' || step.kind === 'halve') open.push(below, below);
    else if (step.kind === 'alpha' || step.kind === 'bounds') open.push(splits);
  }
  await proof.end();
  return { sets, first, steps };
}
const kindOf = async (bytes: Uint8Array): Promise<string> => {
  try {
    const certificate = await readCertificate([bytes]);
    propertyOf(certificate);
    await readAll(certificate);
    return 'read';
  } catch (error) {
    if (error instanceof CheckFailure) return error.kind;
    throw error;
  }
};

describe('certificates as files', () => {
  it('are read as they were written, in whatever pieces they arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        section,
        tree(0, 4),
        fc.infiniteStream(fc.integer({ min: 1, max: 60 })),
        async (first, steps, sizes) => {
          const certificate = await readCertificate(pieces(fileOf(3, first, steps), sizes));
          expect(certificate).toMatchObject({ ...metadata, tensors: image });
          expect(await readAll(certificate)).toEqual({ sets: 3, first, steps });
          expect(certificate.proof.taken).toBe(certificate.proof.length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('fail by name where bytes are changed, cut off or added', async () => {
    const runs = Number(process.env['CERTPRUNE_DAMAGE_RUNS'] ?? 2000);
    const [[first, steps]] = fc.sample(fc.tuple(section, tree(0, 5)), { numRuns: 1, seed: 7 });
    const bytes = fileOf(1, first, steps);
    const kinds = new Map<string, number>();
    let most = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 40 }),
        async (places, cut) => {
          const changed = bytes.slice(0, cut < 5 ? Math.floor((bytes.length * cut) / 5) : bytes.length);
          for (const [at, value] of places) if (at < changed.length) changed[at] = value;
          const kind = await kindOf(changed);
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          most = Math.max(most, process.memoryUsage().rss);
        },
      ),
      { numRuns: runs, seed: 3 },
    );
    expect([...kinds.keys()]).toEqual(expect.arrayContaining(['truncated', 'not-a-certificate']));
    expect(most).toBeLessThan(1.5e9);
  }, 600_000);

  it.each<[string, readonly number[], string]>([
    ['no tree', [], 'child-missing'],
    ['an unknown step', [9], 'step-malformed'],
    ['a missing child', [3, 0, 0, 0, 0, 0, 0, 6], 'child-missing'],
    ['bytes behind the last tree', [6, 0], 'trailing-bytes'],
    ['a step cut off', [3, 0, 0, 0], 'truncated'],
    ['a split at NaN', [3, 0, 0, 0, 0, 0xc0, 0x7f, 6, 6], 'not-finite'],
    ['a weight below 0', [5, 1, 0, 0x80, 0xbf, 0], 'multiplier-range'],
    ['an infinite weight', [5, 1, 0, 0x80, 0x7f, 0], 'not-finite'],
    ['a β below 0', [3, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0x80, 0xbf, 6], 'multiplier-range'],
    ['a huge count of sites', [1, 255, 255, 255, 255, 15], 'count-too-large'],
    ['a huge count of elements', [1, 1, 0, 255, 255, 255, 255, 15], 'count-too-large'],
    ['a number of too many bytes', [1, 255, 255, 255, 255, 255, 1], 'step-malformed'],
    ['a huge count of rows', [5, 255, 255, 255, 255, 15], 'count-too-large'],
    ['a section of a kind that is none', [2, 3], 'step-malformed'],
  ])('%s fails by name', async (_, proof, kind) => {
    const bytes = [1, 0, ...proof];
    expect(await kindOf(joined([headBytes(metadata, image, bytes.length), Uint8Array.from(bytes)]))).toBe(
      kind,
    );
  });

  const good = Uint8Array.of(1, 0, 6);
  it.each<[string, (value: Record<string, unknown>) => unknown, string]>([
    ['another version', (m) => (m['version'] = 2), 'version-unknown'],
    ['another format', (m) => (m['format'] = 'x'), 'not-a-certificate'],
    ['a field too many', (m) => (m['more'] = 1), 'not-a-certificate'],
    ['no hash', (m) => (m['model'] = {}), 'not-a-certificate'],
    ['a property of no kind', (m) => (m['property'] = { kind: 'toString' }), 'not-a-certificate'],
    ['an unknown arithmetic', (m) => (m['arithmetic'] = { float: 'int8', flush: true }), 'not-a-certificate'],
    [
      'a label beyond the classes',
      (m) => Object.assign(m['property'] as object, { label: 7 }),
      'property-fields',
    ],
    [
      'the label as a target',
      (m) => Object.assign(m['property'] as object, { targets: [1] }),
      'property-fields',
    ],
    [
      'a radius that is none',
      (m) => Object.assign(m['property'] as object, { epsilon: '2/0' }),
      'property-fields',
    ],
    ['a radius below 0', (m) => Object.assign(m['property'] as object, { epsilon: '-1' }), 'property-fields'],
    [
      'a mean without deviation',
      (m) => Object.assign(m['property'] as object, { mean: [0.5] }),
      'property-fields',
    ],
    [
      'a deviation of 0',
      (m) => Object.assign(m['property'] as object, { mean: [0.5], std: [0] }),
      'not-a-certificate',
    ],
    [
      'a mean that is no f32 number',
      (m) => Object.assign(m['property'] as object, { mean: [0.1], std: [1] }),
      'not-a-certificate',
    ],
  ])('metadata with %s fail by name', async (_, change, kind) => {
    const changed = structuredClone(metadata) as unknown as Record<string, unknown>;
    change(changed);
    const head = headBytes(changed as unknown as Metadata, image, good.length);
    expect(await kindOf(joined([head, good]))).toBe(kind);
    expect(await kindOf(joined([headBytes(metadata, image, good.length), good]))).toBe('read');
  });

  it.each<[string, (head: Record<string, Record<string, unknown>>) => unknown]>([
    ['a shape that lies', (h) => (h['image']['shape'] = [1, 2, 3])],
    ['a negative size', (h) => (h['image']['shape'] = [-1, 2, 2])],
    ['a huge shape', (h) => Object.assign(h['image'], { shape: [2 ** 40], data_offsets: [0, 2 ** 42] })],
    ['an unknown type', (h) => (h['image']['dtype'] = 'F8')],
    ['overlapping tensors', (h) => (h['proof']['data_offsets'] = [8, 11])],
    ['a tensor behind the proof', (h) => (h['more'] = { dtype: 'U8', shape: [0], data_offsets: [19, 19] })],
    ['no proof', (h) => delete h['proof']],
    ['no metadata', (h) => delete h['__metadata__']],
  ])('a head with %s is no certificate', async (_, change) => {
    const head = headBytes(metadata, image, good.length);
    const length = Number(new DataView(head.buffer).getBigUint64(0, true));
    const json = JSON.parse(new TextDecoder().decode(head.subarray(8, 8 + length)));
    change(json);
    const text = new TextEncoder().encode(JSON.stringify(json));
    const size = new Uint8Array(8);
    new DataView(size.buffer).setBigUint64(0, BigInt(text.length), true);
    expect(await kindOf(joined([size, text, head.subarray(8 + length), good]))).toBe('not-a-certificate');
  });

  it('name the box around an image outward, met with the range', () => {
    const { sets, outputs } = propertyOf({ property: metadata.property, tensors: image });
    const [{ lower, upper, unsafe }] = sets;
    expect(outputs).toBe(3);
    expect([lower[0], upper[3]]).toEqual([0, 1]);
    expect(lower[1]).toBeLessThanOrEqual(0.25 - 2 / 255);
    expect(upper[1]).toBeGreaterThanOrEqual(0.25 + 2 / 255);
    expect(upper[1] - lower[1]).toBeCloseTo(4 / 255, 15);
    expect(unsafe.map(([row]) => [...row.coefficients, row.bound])).toEqual([
      [-1, 1, 0, 0],
      [0, 1, -1, 0],
    ]);
  });
});
