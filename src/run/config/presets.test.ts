import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig, presetNames } from './presets.ts';

describe('presets', () => {
  it('all resolve', () => {
    expect(presetNames()).toContain('mnist-quick');
    for (const preset of presetNames()) expect(loadConfig({ preset }).name).toBe(preset);
  });

  it('mnist-quick asks for what the main job promises', () => {
    const config = loadConfig({ preset: 'mnist-quick' });
    expect(config).toMatchObject({ trainer: 'fgsm', dataset: 'mnist', eps: 0.1 });
    expect(config.pruneTimes).toBeGreaterThanOrEqual(4);
    expect(config.verify.images.end - config.verify.images.start).toBeGreaterThanOrEqual(50);
    expect(config.verify.timeout).toBeLessThanOrEqual(10);
  });

  it('names an unknown preset’s nearest neighbour', () => {
    expect(() => loadConfig({ preset: 'mnist-quik' })).toThrow('did you mean "mnist-quick"?');
  });
});

describe('loadConfig', () => {
  it('reads a file and names it in faults', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'config-')), 'mine.yaml');
    writeFileSync(file, 'trainer: fgsm\ndataset: mnist\nscheduler_name: FixedScheduler\narch: cifar_model');
    expect(loadConfig({ config: file }, ['epochs=2'])).toMatchObject({ name: 'mine', epochs: 2 });
    expect(() => loadConfig({ config: file }, ['epochz=2'])).toThrow(
      'mine.yaml, override number 1 (epochz=2), epochz',
    );
  });

  it('refuses a missing file, a folder, and both or neither choice', () => {
    expect(() => loadConfig({ config: '/nowhere/x.yaml' })).toThrow('there is no such file');
    expect(() => loadConfig({ config: tmpdir() })).toThrow('it is a directory');
    expect(() => loadConfig({})).toThrow('--config FILE or --preset NAME');
    expect(() => loadConfig({ config: 'a', preset: 'b' })).toThrow('one of the two');
  });
});
