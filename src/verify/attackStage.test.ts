import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { readVnnlib } from '../formats/vnnlib/read.ts';
import { sharedPath } from '../formats/shared.testing.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { readOnnxNetwork } from '../nn/import/importOnnx.ts';
import { attacker, cheapAttack, strongAttack } from './attackStage.ts';
import { BudgetExceeded, startBudget } from './budget.ts';
import { marginRow, type Specification } from './specification.ts';
import { specificationsOf } from './files/vnnlibSpecification.ts';

/** One linear layer: the least margin over a box is known. */
function linearNetwork(weight: readonly number[], inputs: number): NumberedNetwork {
  const outputs = weight.length / inputs;
  return {
    network: {
      name: 'linear',
      inputShape: [inputs],
      layers: [
        {
          kind: 'linear',
          name: 'fc',
          inputs: ['input'],
          inFeatures: inputs,
          outFeatures: outputs,
          bias: false,
        },
      ],
    },
    numbers: { 'fc.weight': Float32Array.from(weight) },
  };
}

// Margins 3a − b and 2a + c over the box [0,1]³ moved to [1,2]³: least 1 and 3.
const net = linearNetwork([3, 0, 0, 0, 1, 0, 1, 0, -1], 3);
const spec = (bounds: readonly [number, number]): Specification => ({
  lower: Float64Array.of(1, 1, 1),
  upper: Float64Array.of(2, 2, 2),
  unsafe: [[{ ...marginRow(0, 1, 3), bound: bounds[0] }], [{ ...marginRow(0, 2, 3), bound: bounds[1] }]],
});

describe('the attack', () => {
  it('finds the least margin of a linear map', async () => {
    const { margin, point, accepted } = await attacker(net, { threads: 1 }).attack(
      spec([0, 0]),
      cheapAttack,
      createRng(1),
    );
    expect(margin).toBeCloseTo(1, 6);
    expect([...point.subarray(0, 2)]).toEqual([1, 2]);
    expect(accepted).toBe(false);
  });

  it('is the same for a seed', async () => {
    const once = () => attacker(net, { threads: 1 }).attack(spec([0, 0]), cheapAttack, createRng(5));
    expect(await once()).toEqual(await once());
  });

  it('tries further points where one is refused, and ends with the first one accepted', async () => {
    let tried = 0;
    const found = await attacker(net, { threads: 1 }).attack(spec([1.5, 0]), cheapAttack, createRng(2), {
      accept: async () => ++tried === 3,
    });
    expect(found.accepted).toBe(true);
    expect(tried).toBe(3);
    expect(3 * found.point[0] - found.point[1]).toBeLessThanOrEqual(1.5);
  });

  it('aims at the conjunctions given', async () => {
    const found = await attacker(net, { threads: 1 }).attack(
      spec([-100, 3.001]),
      { ...cheapAttack, restarts: 3 },
      createRng(3),
      { aims: [1] },
    );
    expect(found.accepted).toBe(true);
    expect(2 * found.point[0] + found.point[2]).toBeLessThanOrEqual(3.001);
  });

  it('asks between runs whether the time is over', async () => {
    const { check } = startBudget({ timeoutSeconds: 0 });
    const attack = attacker(net).attack(spec([0, 0]), strongAttack, createRng(1), { checkpoint: check });
    await expect(attack).rejects.toBeInstanceOf(BudgetExceeded);
  });
});

const published: readonly [model: string, property: string][] = [
  ['mnist_fc/onnx/mnist-net_256x2.onnx', 'mnist_fc/vnnlib/prop_1_0.03.vnnlib'],
  ['mnist_fc/onnx/mnist-net_256x2.onnx', 'mnist_fc/vnnlib/prop_2_0.03.vnnlib'],
  ['mnist_fc/onnx/mnist-net_256x2.onnx', 'mnist_fc/vnnlib/prop_0_0.05.vnnlib'],
  [
    'oval21_2021/onnx/cifar_base_kw.onnx',
    'oval21_2021/vnnlib/cifar_base_kw-img1697-eps0.0014379084967320263.vnnlib',
  ],
  ['rl_benchmarks/onnx/lunarlander.onnx', 'rl_benchmarks/vnnlib/lunarlander_case_unsafe_20.vnnlib'],
];

describe('on published instances with counterexamples', () => {
  it.skipIf(sharedPath('vnncomp') === undefined).each(published)(
    'the strong attack finds one: %s, %s',
    async (model, property) => {
      const { network, numbers } = readOnnxNetwork(sharedPath(`vnncomp/${model}`)!);
      const { attack } = attacker({ network, numbers }, { threads: 1 });
      const [found] = specificationsOf(readVnnlib(sharedPath(`vnncomp/${property}`)!));
      expect((await attack(found, strongAttack, createRng(0))).margin).toBeLessThanOrEqual(0);
    },
  );
});
