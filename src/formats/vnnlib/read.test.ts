import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../shared.testing.ts';
import { parseVnnlib, readVnnlib } from './read.ts';
import { declare, unit } from './texts.testing.ts';
import { formatWitness } from './witness.ts';

describe('files', () => {
  it('are read plain and gzip-compressed, and named in errors', () => {
    const directory = mkdtempSync(join(tmpdir(), 'vnnlib-'));
    const text = `${declare(1, 1)}${unit(1)}(assert (<= Y_0 0))`;
    writeFileSync(join(directory, 'p.vnnlib.gz'), gzipSync(text));
    writeFileSync(join(directory, 'q.vnnlib'), '(assert');
    expect(readVnnlib(join(directory, 'p.vnnlib.gz'))).toEqual(parseVnnlib(text));
    expect(() => readVnnlib(join(directory, 'q.vnnlib'))).toThrow(
      /q\.vnnlib: line 1, column 8: the file ends/,
    );
    expect(() => readVnnlib(join(directory, 'absent'))).toThrow(/there is no such file/);
    rmSync(directory, { recursive: true });
  });

  it('of counterexamples are written with every name and value', () => {
    expect(formatWitness([0.1, -0], Float32Array.of(0.5))).toBe('((X_0 0.1)\n(X_1 0)\n(Y_0 0.5))\n');
  });
});

const vnncomp = sharedPath('vnncomp');

describe.skipIf(vnncomp === undefined)('properties of VNN-COMP', () => {
  it('are all read', () => {
    const root = vnncomp ?? '.';
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.vnnlib'),
    );
    expect(names.length).toBeGreaterThan(40);
    const read = new Map(names.map((name) => [name, readVnnlib(join(root, name))]));
    for (const [name, { cases }] of read) expect(cases.length, name).toBeGreaterThan(0);
    const acas = read.get('acasxu/vnnlib/prop_6.vnnlib');
    expect(acas?.cases.map(({ outputRows }) => outputRows.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(new Set(acas?.cases.map(({ box }) => box)).size).toBe(2);
    const resnet = read.get('cifar10_resnet_2021/vnnlib/prop_2_eps_0.008.vnnlib');
    expect([resnet?.inputCount, resnet?.outputCount, resnet?.cases.length]).toEqual([3072, 10, 9]);
  });
});
