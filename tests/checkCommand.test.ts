/** `certprune check`: certificates with their files beside them, above them or given, and what it ends with. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captured } from '../src/cli/captured.testing.ts';
import { encodeSafetensors } from '../src/formats/safetensors.ts';
import {
  certificateBytes,
  imageFields,
  partsOf,
  randomModel,
  twoBoxes,
  vnnlibFields,
} from './soundness/certificates.testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-'));
const all = join(folder, 'all');
const at = (name: string): string => join(all, name);
const elsewhere = join(folder, 'given.onnx');

beforeAll(async () => {
  const model = randomModel(10, [3, 5, 4, 3]);
  const image = (await partsOf(model, ...imageFields(model, [0.3, 0.6, 0.5], '0.21')))!;
  const text = twoBoxes(0.4);
  const boxes = (await partsOf(model, await vnnlibFields(text), new Map(), text))!;
  mkdirSync(at('inner'), { recursive: true });
  mkdirSync(join(folder, 'alone/deep'), { recursive: true });
  mkdirSync(join(folder, 'empty'));
  writeFileSync(at('renamed.onnx.gz'), gzipSync(model));
  writeFileSync(at('inner/2.safetensors'), certificateBytes(image));
  writeFileSync(at('inner/weights.safetensors'), encodeSafetensors([]));
  writeFileSync(at('inner/10.certificate'), certificateBytes(boxes));
  writeFileSync(at('inner/prop.vnnlib'), text);
  writeFileSync(elsewhere, model);
  writeFileSync(join(folder, 'alone/deep/a.certificate'), certificateBytes(image));
  writeFileSync(join(folder, 'other.onnx'), randomModel(11, [3, 5, 4, 3]));
  const wider = { ...image.metadata, property: { ...image.metadata.property, epsilon: '0.4' } };
  writeFileSync(join(folder, 'wide.certificate'), certificateBytes({ ...image, metadata: wider }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const check = (...argv: string[]) => captured(['check', ...argv]);
const lines = (text: string): string[] => text.trimEnd().split('\n');

describe('certprune check', () => {
  it('finds model and property by their hashes, and ends with 0 for proofs', async () => {
    const { code, out } = await check(at('inner/10.certificate'));
    expect(out).toMatch(/10\.certificate: proved\n {2}No input .*prop\.vnnlib/s);
    expect(out).toMatch(
      /It holds in real arithmetic, and in float32 in any order of summation\.\n.* least bound/,
    );
    expect(code).toBe(0);
    expect(lines(out.replaceAll(folder, '')).every((line) => line.length <= 80)).toBe(true);
  });

  it('takes folders, in the order of numbers, and prints JSON', async () => {
    const [plain, json] = [await check(all, '--exact'), await check(at('inner'), '--json', '--threads', '1')];
    expect(plain.code).toBe(0);
    expect(plain.out).toMatch(/2\.safetensors: proved.*22 leaves/s);
    expect(plain.out).toMatch(/2 certificates: 2 proved\.\n$/);
    const reports = JSON.parse(json.out) as { file: string; result: string; leaves: number }[];
    expect(reports.map(({ file, result }) => [file, result])).toEqual([
      [at('inner/2.safetensors'), 'proved'],
      [at('inner/10.certificate'), 'proved'],
    ]);
    expect(reports[0].leaves).toBe(22);
  });

  it('ends with 1 where one is rejected, and says where', async () => {
    const { code, out } = await check(
      join(folder, 'wide.certificate'),
      at('inner/2.safetensors'),
      '--onnx',
      elsewhere,
    );
    expect(out).toMatch(/wide\.certificate: rejected \(leaf-open\)/);
    expect(out).toMatch(/Path: .*Bound reached: -/s);
    expect(out).toContain('2 certificates: 1 proved, 1 rejected.');
    expect(code).toBe(1);
    const other = await check(at('inner/2.safetensors'), '--onnx', join(folder, 'other.onnx'));
    expect(other).toMatchObject({ code: 1, out: expect.stringContaining('rejected (model-hash)') });
  });

  it.each([
    ['no such file', () => ['nothing.certificate'], /nothing\.certificate: there is no such file/],
    ['a folder without any', () => [join(folder, 'empty')], /holds no certificate/],
    [
      'a model that is nowhere',
      () => [join(folder, 'alone/deep/a.certificate')],
      /model \(net\.onnx\)\s+lies\s+neither\s+beside.*--onnx/s,
    ],
    ['a model that is none', () => [at('inner/2.safetensors'), '--onnx', at('inner')], /Cannot read/],
    ['an unknown option', () => [at('inner/2.safetensors'), '--thread', '1'], /unknown option/],
    ['no argument', () => [], /missing required argument/],
    ['no number of threads', () => [at('inner/2.safetensors'), '--threads', '0'], /--threads 0/],
  ])('ends with 2 for %s', async (_, argv, message) => {
    const { code, out, err } = await check(...argv());
    expect(out + err).toMatch(message);
    expect(out + err).not.toMatch(/internal error|\n {4}at /);
    expect(code).toBe(2);
  });

  it('ends with 2 for what it does not know', async () => {
    const model = Buffer.from(readFileSync(elsewhere).toString('latin1').replace('Relu', 'Gelu'), 'latin1');
    const parts = (await partsOf(
      readFileSync(elsewhere),
      ...imageFields(readFileSync(elsewhere), [0.3, 0.6, 0.5], '0.21'),
    ))!;
    const { sha256 } = await import('../src/check/certificate/sha256.ts');
    const metadata = { ...parts.metadata, model: { sha256: await sha256(model) } };
    writeFileSync(join(folder, 'gelu.certificate'), certificateBytes({ ...parts, metadata }));
    writeFileSync(join(folder, 'gelu.onnx'), model);
    const { code, out } = await check(join(folder, 'gelu.certificate'));
    expect(out).toMatch(/unchecked \(operator-unknown\)\n {2}.*Gelu/);
    expect(code).toBe(2);
  });
});
