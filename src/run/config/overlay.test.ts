import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hydra } from '../../prune/criteria/hydra.ts';
import { memberOptions } from './memberOptions.ts';
import { dottedKeys } from './dottedKeys.ts';
import { readOverlay, configNames, loadConfig } from './presets.ts';

describe('dottedKeys', () => {
  it('sets groups key by key, but options as a whole', () => {
    expect(dottedKeys({ verify: { pgd: { steps: 3 } }, scheduler_opts: { start: 1 } })).toEqual({
      'verify.pgd.steps': 3,
      scheduler_opts: { start: 1 },
    });
  });
});

const fileWith = (text: string): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'overlay-')), 'small.yaml');
  writeFileSync(file, text);
  return file;
};

describe('overlays', () => {
  it('are overrides that say where they stand', () => {
    expect(readOverlay({ text: 'epochs: 2\nverify:\n  timeout: 5\n', origin: 'a/small.yaml' })).toEqual({
      label: 'small',
      overrides: ['epochs=2', 'verify.timeout=5'],
      places: ['line 1 of a/small.yaml', 'line 3 of a/small.yaml'],
    });
  });

  it('lie over the configuration, later ones over earlier ones, and the command line over all', () => {
    const small = fileWith('epochs: 2\nrate: 0.5\nverify: { timeout: 7 }\n');
    const config = loadConfig({ preset: 'mnist-quick', with: ['quick', small] }, ['rate=0.25']);
    expect(config).toMatchObject({
      name: 'mnist-quick-quick-small',
      epochs: 2,
      rate: 0.25,
      trainSize: 20000,
    });
    expect(config.verify).toMatchObject({ timeout: 7, images: { start: 0, end: 20 } });
    expect(config.verify.pgd.steps).toBe(40);
    expect(loadConfig({ preset: 'mnist-quick', with: [small] }, ['name=mine']).name).toBe('mine');
  });

  it('name the line of a fault, and the nearest overlay', () => {
    expect(() => loadConfig({ preset: 'mnist-quick', with: [fileWith('rate: 0.5\nepochz: 2\n')] })).toThrow(
      /line 2 of .*small\.yaml, epochz: unknown key; did you mean "epochs"/,
    );
    expect(() => loadConfig({ preset: 'mnist-quick', with: [fileWith('- 1\n')] })).toThrow(
      'expected `key: value` lines',
    );
    expect(() => loadConfig({ preset: 'mnist-quick', with: ['quik'] })).toThrow('did you mean "quick"?');
  });
});

describe('the quick version', () => {
  it.each(configNames('original'))('%s keeps its method and is small', (preset) => {
    const full = loadConfig({ preset });
    const quick = loadConfig({ preset, with: ['quick'] });
    const same = [
      'trainer',
      'objective',
      'arch',
      'dataset',
      'eps',
      'optimizer',
      'lr',
      'weightDecay',
      'rsReg',
      'rsWeight',
      'slimWeight',
      'pruneMethod',
      'rate',
      'impRate',
      'oneShot',
      'schedulerName',
    ];
    const values = (config: object): Record<string, unknown> => ({ ...config });
    for (const key of same) expect(values(quick)[key], key).toEqual(values(full)[key]);
    expect(quick.name).toBe(`${preset}-quick`);
    const steps = (quick.trainSize / quick.batchSize) * quick.epochs * quick.pruneTimes;
    expect(steps).toBeLessThanOrEqual(2500);
    expect(memberOptions(hydra, quick).epochs).toBeLessThanOrEqual(quick.epochs);
    expect(quick.verify.images.end * quick.verify.timeout).toBeLessThanOrEqual(100);
  });
});
