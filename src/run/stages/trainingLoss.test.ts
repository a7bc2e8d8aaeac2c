import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../config/resolve.ts';
import { certifyOf, criterionOf, regularizersOf } from './trainingLoss.ts';

const configOf = (...overrides: string[]) =>
  resolveConfig({
    text: 'dataset: mnist\nrs_reg: true\nrs_weight: 0.02\nrs_batch_share: 0.5\neps: 0.1',
    origin: 'study.yml',
    overrides,
  });

describe('the NRS and the RS loss of a configuration', () => {
  const adversarial = { form: 'adversarial', gammaPow: 2, epsilon: 0.1, batchShare: 0.5 };
  const certified = { form: 'certified', gammaPow: 2, batchShare: 0.5 };
  const rs = { epsilon: 0.1, batchShare: 0.5 };
  const study = { ...adversarial, signedGamma: true, movedStatistics: true, batchNormEps: 1e-8 };
  it.each([
    ['trainer=fgsm', 'nrs', 'nrs', adversarial],
    ['trainer=lirpa', 'nrs', 'nrs', certified],
    ['trainer=fgsm', 'nrs_certified', 'nrs', certified],
    ['trainer=lirpa', 'nrs_adversarial', 'nrs', adversarial],
    ['trainer=fgsm', 'nrs_study', 'nrs', study],
    ['trainer=lirpa', 'rs', 'rs', rs],
    ['trainer=natural', 'rs', 'rs', rs],
  ])('%s rs_form=%s', (trainer, form, name, options) => {
    const config = configOf(trainer, `rs_form=${form}`);
    expect(regularizersOf(config)).toEqual({ [name]: { weight: 0.02, options } });
  });

  it('what is reported beside the loss comes from whole batches', () => {
    expect(certifyOf(configOf('trainer=fgsm')).nrs).toEqual({
      form: 'adversarial',
      gammaPow: 2,
      epsilon: 0.1,
    });
    expect(regularizersOf(configOf('trainer=fgsm', 'rs_reg=false'))).toEqual({});
  });

  it('a file of the original takes the original’s form in adversarial training', () => {
    expect(configOf('save_dir=fgsm_x')).toMatchObject({ rsForm: 'nrs_study' });
    expect(configOf('save_dir=cibp_x')).toMatchObject({ rsForm: 'nrs' });
    expect(configOf('save_dir=fgsm_x', 'rs_form=nrs')).toMatchObject({ rsForm: 'nrs' });
    expect(configOf('trainer=fgsm')).toMatchObject({ rsForm: 'nrs' });
  });

  it('an unknown form is named with what there is', () => {
    expect(() => configOf('trainer=fgsm', 'rs_form=ns')).toThrow(/rs_form[\s\S]*nrs_certified/);
  });
});

describe('what chooses the best epoch', () => {
  it.each([
    ['trainer=natural', 'auto', 'standard'],
    ['trainer=fgsm', 'auto', 'fgsm'],
    ['trainer=lirpa', 'auto', 'crown'],
    ['trainer=fgsm', 'crown', 'crown'],
    ['trainer=lirpa', 'pgd', 'pgd'],
  ])('%s best_by=%s', (trainer, by, criterion) => {
    expect(criterionOf(configOf(trainer, `best_by=${by}`))).toBe(criterion);
  });
});
