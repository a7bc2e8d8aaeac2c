import { describe, expect, it } from 'vitest';
import { criteria } from '../prune/criteria/criteria.ts';
import { maskingSchedules } from '../prune/schedules/schedules.ts';
import { objectives } from '../train/objectives/objectives.ts';
import { pruningMethod, trainingMethod } from './configValue.ts';
import type { RunData } from './runData.ts';

const runOf = (config: Record<string, unknown>, states: unknown[] = [], words?: object): RunData =>
  ({ config, states, environment: { words } }) as unknown as RunData;

describe('trainingMethod', () => {
  it('names the objective and what is added to it', () => {
    const method = (config: Record<string, unknown>) => trainingMethod(runOf(config));
    expect(method({ objective: 'fgsm', grad_align_cos_lambda: 0, rs_reg: false, rs_weight: 0.1 })).toBe(
      'FGSM adversarial training',
    );
    expect(method({ objective: 'fgsm', grad_align_cos_lambda: 0.2, rs_reg: true, rs_weight: 0.01 })).toBe(
      'FGSM adversarial training with GradAlign and the NRS loss of weight 0.01',
    );
    expect(method({ objective: 'crownIbp', rs_reg: true, rs_form: 'rs', rs_weight: 1 })).toBe(
      'certified training by CROWN-IBP with the RS loss of weight 1',
    );
    expect(method({})).toBeUndefined();
  });

  it('has words for every objective', () => {
    for (const objective of objectives.names())
      expect(trainingMethod(runOf({ objective }))).toMatch(/ training/);
  });
});

describe('pruningMethod', () => {
  it('names the method and what it compares', () => {
    expect(pruningMethod(runOf({ prune_method: 'snip' }))).toBe('global SNIP');
    expect(pruningMethod(runOf({ prune_method: 'l1unstruct', layerwise: true }))).toBe(
      'layerwise magnitude (l1unstruct)',
    );
    expect(pruningMethod(runOf({}, [{ prune: { method: 'nrs' } }]))).toBe('global channel stability (nrs)');
    expect(pruningMethod(runOf({}))).toBeUndefined();
    const words = { prune_method: 'cubes of my own' };
    expect(pruningMethod(runOf({ prune_method: 'cubes' }, [], words))).toBe('global cubes of my own');
  });

  it('has words for every method', () => {
    for (const name of [...criteria.names(), ...maskingSchedules.names()])
      expect(pruningMethod(runOf({ prune_method: name })), name).not.toBe(`global ${name}`);
  });
});
