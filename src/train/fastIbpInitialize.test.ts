import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { fashionMnist } from '../data/fashionMnist.ts';
import { sharedPath } from '../formats/shared.testing.ts';
import { initialize } from '../nn/initialize.ts';
import { buildModel } from '../nn/zoo/models.ts';
import { fastIbpInitialize } from './fastIbpInitialize.ts';

const network = buildModel('cifar_model_deep', {
  classes: 10,
  inputShape: [1, 28, 28],
  bn: true,
  normalization: fashionMnist.normalization,
});
const keys: Readonly<Record<string, string>> = {
  '0': 'conv1',
  '3': 'conv2',
  '6': 'conv3',
  '9': 'conv4',
  '12': 'conv5',
  '16': 'fc1',
  '18': 'fc2',
};
const path = sharedPath('oracle/certified/ibp_init.json');

describe('fast-IBP initialisation', () => {
  it('changes the weights of all layers but the last', () => {
    const [plain, fast] = [initialize, fastIbpInitialize].map((f) => f(network, createRng(1)));
    for (const key of Object.keys(plain)) {
      const same = plain[key].every((v, i) => v === fast[key][i]);
      expect(same, key).toBe(!/^(conv\d|fc1)\.weight$/.test(key));
    }
  });

  it.skipIf(!path)('has the study’s standard deviations', () => {
    const recorded = JSON.parse(readFileSync(path!, 'utf8')) as Record<
      string,
      { reinitialised: boolean; std_formula: number }
    >;
    const numbers = fastIbpInitialize(network, createRng(1));
    for (const [index, layer] of Object.entries(keys)) {
      const { reinitialised, std_formula: wanted } = recorded[`${index}.weight`];
      const values = numbers[`${layer}.weight`];
      const std = Math.sqrt(values.reduce((s, v) => s + v * v, 0) / values.length);
      expect(reinitialised).toBe(layer !== 'fc2');
      // The spread of an estimate from n values is 1/√(2n).
      if (reinitialised) expect(Math.abs(std / wanted - 1)).toBeLessThan(4 / Math.sqrt(2 * values.length));
    }
  });
});
