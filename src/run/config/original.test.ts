import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { configFolder } from './presets.ts';
import { resolveConfig, toYaml } from './resolve.ts';

const folder = join(configFolder, 'original');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

/** The same configuration as the original study spells it: 1 for true, options in one text, the trainer in `save_dir`. */
function originalSpelling(name: string, text: string): string {
  const { trainer: _, prune: __, ...values } = parse(text) as Record<string, unknown>;
  const respelled = Object.entries(values).map(([key, value]): [string, unknown] => {
    if (value === true) return [key, 1];
    if (key === 'scheduler_opts')
      return [
        key,
        Object.entries(value as object)
          .map((pair) => pair.join('='))
          .join(','),
      ];
    if (key === 'hydra') {
      const hydra = value as { decreasing_lr: number[] };
      return [key, { ...hydra, decreasing_lr: hydra.decreasing_lr.join(',') }];
    }
    return [key, value];
  });
  return stringify({ ...Object.fromEntries(respelled), save_dir: name });
}

describe('the original study’s configurations', () => {
  it('are 15 adversarial and 16 certified ones', () => {
    expect(files.filter((name) => name.startsWith('fgsm_'))).toHaveLength(15);
    expect(files.filter((name) => name.startsWith('cibp_'))).toHaveLength(16);
  });

  it.each(files)('%s means the same in the original’s spelling', (file) => {
    const name = file.replace('.yaml', '');
    const text = readFileSync(join(folder, file), 'utf8');
    const ours = resolveConfig({ text, origin: file });
    const theirs = resolveConfig({ text: originalSpelling(name, text), origin: 'config.yml' });
    expect({ ...theirs, saveDir: '' }).toEqual(ours);
    expect(ours.name).toBe(name);
    expect(ours.prune.advanceLr).toBe(true);
    expect(resolveConfig({ text: toYaml(ours), origin: 'resolved' })).toEqual(ours);
  });

  it('have the defaults of their trainers', () => {
    const read = (name: string) =>
      resolveConfig({ text: readFileSync(join(folder, `${name}.yaml`), 'utf8'), origin: name });
    expect(read('fgsm_random')).toMatchObject({
      optimizer: 'sgd',
      lr: 0.01,
      momentum: 0.9,
      weightDecay: 5e-4,
      epochs: 200,
      clip: 8,
      gradAlignCosLambda: 0.2,
      schedulerName: 'SmoothedScheduler',
      schedulerOpts: { start: 11, length: 81, mid: 0.4 },
      arch: 'cifar_model_deep',
      eps: 2 / 255,
      lrDecayMilestones: [140, 170],
      rewindEpoch: 8,
      objective: 'fgsm',
    });
    expect(read('cibp_random_8.255')).toMatchObject({
      optimizer: 'adam',
      lr: 1e-3,
      weightDecay: 0,
      epochs: 300,
      objective: 'crownIbp',
      eps: 8 / 255,
      schedulerOpts: { start: 16, length: 121, mid: 0.4 },
    });
    expect(read('fgsm_snip_1shot')).toMatchObject({
      oneShot: true,
      rate: 0.9,
      pruneTimes: 1,
      weightDecay: 0,
    });
  });
});
