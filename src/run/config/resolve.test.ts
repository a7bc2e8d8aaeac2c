import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { resolveConfig, toYaml, type RunConfig } from './resolve.ts';

function resolve(text: string, overrides: string[] = []): RunConfig {
  return resolveConfig({ text, origin: 'study.yml', overrides });
}

function faults(text: string, overrides: string[] = []): string {
  try {
    resolve(text, overrides);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as Error).message;
  }
  throw new Error('expected a fault');
}

describe('resolveConfig', () => {
  it('takes the trainer and its defaults from the prefix of save_dir', () => {
    const fgsm = resolve('save_dir: fgsm_l1unstruct\nrate: 0.20\nprune_times: 16\nprune_method: l1unstruct');
    expect(fgsm).toMatchObject({
      trainer: 'fgsm',
      name: 'fgsm_l1unstruct',
      objective: 'fgsm',
      optimizer: 'sgd',
    });
    expect(fgsm).toMatchObject({
      lr: 0.01,
      momentum: 0.9,
      weightDecay: 5e-4,
      gradAlignCosLambda: 0.2,
      rate: 0.2,
    });
    expect(fgsm.eps).toBe(2 / 255);
    expect(fgsm.prune.granularity).toBe('weight');
    const lirpa = resolve('save_dir: cibp_slim\nprune_method: slim\none_shot: 1');
    expect(lirpa).toMatchObject({
      trainer: 'lirpa',
      objective: 'crownIbp',
      optimizer: 'adam',
      lr: 1e-3,
      weightDecay: 0,
    });
    expect(lirpa).toMatchObject({ boundType: 'CROWN-IBP', gradAlignCosLambda: 0, oneShot: true });
    expect(lirpa.prune.granularity).toBe('channel');
  });

  it('reads the value forms of the original files', () => {
    const config = resolve(
      'save_dir: cibp_x\neps: 8/255\nlr_decay_milestones: [210,255]\nscheduler_opts: start=16,length=121,mid=0.4\n' +
        'rs_reg: 1\nnorm: .inf\nhydra:\n    lr: 0.001\n    decreasing_lr: 10,15\n',
    );
    expect(config.eps).toBe(8 / 255);
    expect(config.norm).toBe('inf');
    expect(config).toMatchObject({
      lrDecayMilestones: [210, 255],
      schedulerOpts: { start: 16, length: 121, mid: 0.4 },
      rsReg: true,
      hydra: { lr: 0.001, decreasingLr: [10, 15], epochs: 20 },
    });
  });

  it('lays overrides over the file, nested ones too', () => {
    const config = resolve('trainer: natural\nlr: 0.5', [
      'lr=0.02',
      'verify.pgd.steps=7',
      'verify.memory=2GB',
      'eps=1/4',
    ]);
    expect(config).toMatchObject({
      trainer: 'natural',
      objective: 'natural',
      lr: 0.02,
      eps: 0.25,
      name: 'study',
    });
    expect(config.verify.pgd).toEqual({ steps: 7, restarts: 30 });
    expect(config.verify.memory).toBe(2 * 2 ** 30);
  });

  it('lists every fault with its place, key and nearest valid name', () => {
    const text = faults(
      'rate: 0.2\nlearning_rate: 3\nprune_method: l1unstrct\ntrainer: fgsm\nverify:\n  timeot: 3\nepochs: 1.5\n',
      ['lr=abc', 'timeout=3', 'foo'],
    );
    const methods = [...criteria.names(), ...maskingSchedules.names()].join(', ');
    expect(text.split('\n')).toEqual([
      'study.yml has 7 faults:',
      '  line 2, learning_rate: unknown key; did you mean "lr"?',
      `  line 3, prune_method: "l1unstrct" is not available; expected one of: ${methods}; did you mean "l1unstruct"?`,
      '  line 6, verify.timeot: unknown key; did you mean "verify.timeout"?',
      '  line 7, epochs: expected a whole number, got 1.5',
      '  override number 3 (foo): expected key=value, e.g. lr=0.02 or verify.timeout=30',
      '  override number 1 (lr=abc), lr: expected a number, got "abc"',
      '  override number 2 (timeout=3), timeout: unknown key; did you mean "verify.timeout"?',
    ]);
  });

  it('names syntax faults and keys given twice by line', () => {
    expect(faults('trainer: fgsm\nrate: [')).toMatch(/^study.yml, line \d: not valid YAML/);
    expect(faults('trainer: fgsm\nrate: .1\nrate: .2')).toBe('study.yml, line 3: a key is given twice');
    expect(faults('- 1\n- 2')).toContain('expected `key: value` lines');
  });

  it('asks for the trainer where nothing tells it', () => {
    expect(faults('rate: 0.2')).toMatch(/trainer: missing: say `trainer: fgsm`/);
    expect(faults('trainer: fgms')).toContain('line 1, trainer: "fgms" is not available');
    expect(faults('trainer: fgms')).toContain('did you mean "fgsm"?');
  });

  it('checks ranges and what belongs together', () => {
    expect(faults('trainer: fgsm\nrate: 1')).toBe('study.yml, line 2, rate: expected less than 1, got 1');
    expect(faults('trainer: fgsm\neps: 300/255')).toContain('line 2, eps: expected 0 to 1 for the norm inf');
    expect(faults('trainer: fgsm\neps: -.1')).toContain(
      'line 2, eps: expected a number from 0 on or a fraction',
    );
    expect(faults('trainer: fgsm\nnorm: 3')).toContain('line 2, norm: expected inf, 2 or 1');
    expect(resolve('trainer: fgsm\nname: a\nnorm: 2\neps: 1.5')).toMatchObject({ norm: 2, eps: 1.5 });
    expect(resolve('trainer: fgsm\nname: a\nnorm: l1\neps: 4').norm).toBe(1);
    expect(faults('trainer: fgsm\nverify: {images: {start: 9, end: 3}}')).toContain(
      'line 2, verify.images.end',
    );
    expect(faults('trainer: fgsm\nlr_decay_milestones: [5, 2]')).toContain('rising epoch numbers');
    expect(faults('trainer: fgsm\nprune_type: rewind_lt\nepochs: 3')).toContain('expected 1 to 3');
    expect(faults('trainer: fgsm\nverify: 3', ['verify.timeout=2'])).toContain('"verify" holds a value');
  });

  it('refuses an option that the chosen member does not read', () => {
    expect(faults('trainer: fgsm\nimp_rate: .4\nprune_method: snip')).toBe(
      'study.yml, line 2, imp_rate: is read by refill, but prune_method is snip: leave it out, or choose another prune_method',
    );
    expect(faults('trainer: fgsm\nprune_method: snip', ['hydra.epochs=3'])).toContain(
      'hydra.epochs: is read by hydra',
    );
    expect(faults('trainer: lirpa\nobjective: sabr\nbound_opts: {bound_share: .2}')).toContain(
      'bound_opts.bound_share: is read by mtlIbp, ccIbp, but objective is sabr',
    );
    expect(faults('trainer: lirpa\nbound_opts: {small_bx: .2}')).toContain(
      'did you mean "bound_opts.small_box"?',
    );
    // Chosen elsewhere than the option was written, off, at its default, or of the original study.
    resolve('trainer: fgsm\nname: a\nprune_method: refill\nimp_rate: .4', ['prune_method=snip']);
    resolve('trainer: lirpa\nname: a\nimp_rate: .2\nfgsm_random_start: false\ngrad_align_cos_lambda: 0');
    resolve('save_dir: fgsm_a\nprune_method: snip\nimp_rate: .4');
    resolve('trainer: fgsm\nname: a\nimp_rate: .4');
    expect(resolve('trainer: fgsm\nname: a\nprune_method: refill\nimp_rate: .4')).toMatchObject({
      impRate: 0.4,
    });
  });

  it('takes bound_type and objective together only where they mean one loss', () => {
    const of = (...lines: string[]): string =>
      resolveConfig({ text: ['trainer: lirpa', 'name: a', ...lines].join('\n'), origin: 'study.yml' })
        .objective;
    expect(() => of('objective: crownIbp', 'bound_type: CROWN')).toThrow(
      "bound_type: means the objective 'crown', but 'objective' is 'crownIbp'",
    );
    expect(of('objective: crown', 'bound_type: CROWN')).toBe('crown');
    expect(of('objective: crownIbp', 'bound_type: CROWN-IBP')).toBe('crownIbp');
    expect(of('objective: mtlIbp')).toBe('mtlIbp');
    const written = toYaml(
      resolveConfig({ text: 'trainer: lirpa\nname: a\nbound_type: IBP', origin: 'a.yml' }),
    );
    expect(resolveConfig({ text: written, origin: 'a.yml' }).objective).toBe('ibp');
  });

  it('writes YAML that resolves to the same configuration', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('fgsm', 'lirpa', 'natural'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.uniqueArray(fc.nat(300), { maxLength: 4 }),
        fc.integer({ min: 1, max: 20 }),
        (trainer, eps, milestones, states) => {
          const sorted = JSON.stringify(milestones.sort((a, b) => a - b));
          const config = resolve(
            `trainer: ${trainer}\neps: ${eps}\nlr_decay_milestones: ${sorted}\nprune_times: ${states}`,
          );
          expect(resolve(toYaml(config))).toEqual(config);
        },
      ),
      { numRuns: 12 },
    );
  });
});
