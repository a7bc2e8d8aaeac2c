import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gridPoints, readAxis } from './grid.ts';
import { loadStudy, resolveStudy } from './study.ts';

const base = `base:
  trainer: fgsm
  dataset: mnist
  arch: cnn_small
  scheduler_name: FixedScheduler
  verify: {timeout: 3}
`;

describe('grid', () => {
  it('is the product of its axes, the last changing fastest', () => {
    const axes = [
      readAxis('prune_method', ['l1unstruct', 'snip']),
      readAxis('eps', ['8/255', 0.1]),
      readAxis('method', { plain: {}, 'nrs+': { rs_reg: true, verify: { timeout: 5 } } }),
    ];
    const points = gridPoints(axes);
    expect(points.map(({ name }) => name).slice(0, 4)).toEqual([
      'l1unstruct-eps8_255-plain',
      'l1unstruct-eps8_255-nrs_',
      'l1unstruct-eps0.1-plain',
      'l1unstruct-eps0.1-nrs_',
    ]);
    expect(points).toHaveLength(8);
    expect(points[1].choices.at(-1)?.keys).toEqual({ rs_reg: true, 'verify.timeout': 5 });
  });

  it('has as many points as there are combinations, all with names of their own', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const axes = lengths.map((length, a) =>
          readAxis(
            `axis${a}`,
            Array.from({ length }, (_, i) => i),
          ),
        );
        const names = gridPoints(axes).map(({ name }) => name);
        expect(new Set(names).size).toBe(lengths.reduce((product, length) => product * length, 1));
        for (const name of names) expect(name).toMatch(/^[\w.-]+$/);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses two runs with one name, and an axis without values', () => {
    expect(() => gridPoints([readAxis('seed', [1, 1])])).toThrow('two runs named "seed1"');
    expect(() => readAxis('seed', [])).toThrow('grid.seed: expected at least one value');
  });
});

describe('study', () => {
  it('resolves every run; threads are fixed, since bits depend on them', () => {
    const study = resolveStudy(`${base}grid:\n  seed: [1, 2]\n  verify.timeout: [4]\n`, 'a/mine.yaml');
    expect(study).toMatchObject({ name: 'mine', chunk: 25, memory: {} });
    expect(study.runs.map(({ name, config }) => [name, config.seed, config.verify.timeout])).toEqual([
      ['seed1-timeout4', 1, 4],
      ['seed2-timeout4', 2, 4],
    ]);
    expect(study.runs[0].config).toMatchObject({
      name: 'seed1-timeout4',
      threads: 1,
      verify: { workers: 1 },
    });
    const wide = resolveStudy(`${base}  threads: 3\nmemory: {train: 2GB}\n`, 'mine.yaml');
    expect(wide.runs).toHaveLength(1);
    expect(wide.runs[0]).toMatchObject({ name: 'run', config: { threads: 3 } });
    expect(wide.memory).toEqual({ train: 2 ** 31 });
  });

  it('the example that comes along is one', () => {
    const study = loadStudy(
      fileURLToPath(new URL('../../../configs/studies/mnist-methods.yaml', import.meta.url)),
    );
    expect(study.runs.map(({ name }) => name)).toContain('nrs-snip-seed2');
    expect(study.runs).toHaveLength(8);
  });

  it('takes its base from a file beside it, or from a preset', () => {
    const folder = mkdtempSync(join(tmpdir(), 'study-'));
    writeFileSync(
      join(folder, 'base.yaml'),
      'trainer: lirpa\ndataset: mnist\nverify: {timeout: 7, memory: 2GB}\n',
    );
    writeFileSync(
      join(folder, 's.yaml'),
      'config: base.yaml\nbase: {verify: {timeout: 8}}\ngrid: {seed: [5]}\n',
    );
    const [{ config }] = loadStudy(join(folder, 's.yaml')).runs;
    expect(config).toMatchObject({ trainer: 'lirpa', seed: 5, verify: { timeout: 8, memory: 2 ** 31 } });
    expect(resolveStudy('preset: mnist-smoke\n', 's.yaml').runs[0].config.epochs).toBe(2);
    expect(() => loadStudy(join(folder, 'none.yaml'))).toThrow(/none.yaml cannot be read \(ENOENT\)/);
  });

  it('names place, key and the nearest valid name', () => {
    expect(() => resolveStudy(`${base}grids:\n  seed: [1]\n`, 's.yaml')).toThrow(
      's.yaml, line 7, grids: unknown key; did you mean "grid"?',
    );
    expect(() => resolveStudy(`${base}grid:\n  sed: [1]\n`, 's.yaml')).toThrow(
      'Run sed1 of the study: s.yaml, line 8, sed: unknown key; did you mean "seed"?',
    );
    expect(() => resolveStudy('preset: mnist-smoke\ngrid:\n  prune_method: [snipp]\n', 's.yaml')).toThrow(
      /preset mnist-smoke, line 3 of s.yaml, prune_method: "snipp" is not available.*did you mean "snip"/,
    );
    expect(() => resolveStudy('preset: a\nconfig: b\n', 's.yaml')).toThrow('one of the two');
    expect(() => resolveStudy(`${base}grid: {seed: 3}\n`, 's.yaml')).toThrow('expected a list of values');
    expect(() => resolveStudy(`${base}grid: {m: {report: {}}}\n`, 's.yaml')).toThrow('no run can be named');
    expect(() => resolveStudy('a: [', 's.yaml')).toThrow('not valid YAML');
  });
});
