import { describe, expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.ts';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import type { Masks } from '../nn/masks.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { float32, interpret, mul, sum, trace, vjp } from '../tensor/index.ts';
import { stripes } from '../train/fixture.testing.ts';
import { channelMasks } from './channels.ts';
import { criteria } from './criteria/criteria.ts';
import type { CriterionContext, ScoringData } from './criteria/criterion.ts';
import { initialScores, keptWeights } from './criteria/hydra.ts';
import { addStability } from './criteria/nrs.ts';
import { meanGradients } from './objectiveGradients.ts';
import { fullMasks, isNarrower, maskCounts, prunableKeys, totalCount, weightMasks } from './masks.ts';
import { pruneStep as prune, type PruneOptions } from './prune.ts';
import { keys, network, numbers } from './smallNetwork.testing.ts';

const dataset: Dataset = {
  ...stripes(24, 5),
  shape: [2, 6, 6],
  images: Uint8Array.from(createRng('pixels').permutation(24 * 72), (v) => v % 256),
};
const data: ScoringData = {
  dataset,
  images: 16,
  batchSize: 8,
  objective: 'fgsm',
  objectiveOptions: {},
  epsilon: 0.03,
  engine: { threads: 1 },
};
/** Quick enough for a test. */
const ownOptions: Readonly<Record<string, PruneOptions['criterionOptions']>> = {
  hydra: { epochs: 2, decreasingLr: [1] },
};
const context = (masks = fullMasks(network, keys)) => ({
  network,
  numbers,
  masks,
  rng: createRng(9),
  data,
});
const pruneStep = async (on: CriterionContext, options: PruneOptions) =>
  prune(on, { criterionOptions: ownOptions[options.method] ?? {}, ...options });
const unitsOf = (masks: Masks, granularity: string) =>
  granularity === 'channel'
    ? totalCount(channelMasks(network, weightMasks(network, masks)))
    : totalCount(weightMasks(network, masks));

const members = criteria
  .members()
  .flatMap(({ name: method, granularity }) =>
    (granularity === 'channel' ? (['channel'] as const) : (['weight', 'channel'] as const)).map(
      (unit) => [method, unit] as const,
    ),
  );

describe.each(members)('criterion %s by %s', (method, granularity) => {
  const { counts } = criteria.named(method);

  it('removes exactly what was asked each time, and what is pruned stays pruned', async () => {
    let masks = fullMasks(network, keys);
    const { total } = unitsOf(masks, granularity);
    for (let time = 1; time <= 3; time++) {
      const { kept } = unitsOf(masks, granularity);
      const result = await pruneStep(context(masks), { method, rate: 0.3, time, granularity });
      const asked =
        counts === 'remaining'
          ? Math.round(0.3 * kept)
          : Math.floor((1 - 0.7 ** time) * total + 1e-9) - (total - kept);
      expect(result.asked).toBe(asked);
      expect(result.removed).toBe(asked);
      expect(unitsOf(result.masks, granularity).kept).toBe(kept - asked);
      expect(isNarrower(result.masks, { ...fullMasks(network, Object.keys(result.masks)), ...masks })).toBe(
        true,
      );
      masks = result.masks;
    }
  });

  it('is repeatable, and takes the same share of each layer where asked', async () => {
    const options = { method, rate: 0.5, granularity };
    expect(await pruneStep(context(), options)).toEqual(await pruneStep(context(), options));
    const { masks } = await pruneStep(context(), { ...options, layerwise: true });
    const counted =
      granularity === 'channel'
        ? maskCounts(channelMasks(network, masksOfWeights(masks)))
        : maskCounts(masks);
    const half = (total: number) => ({
      kept: total - (counts === 'remaining' ? Math.round(total / 2) : Math.floor(total / 2)),
      total,
    });
    expect(counted['conv1.weight']).toEqual(half(granularity === 'channel' ? 4 : 72));
    expect(counted['conv2.weight']).toEqual(half(granularity === 'channel' ? 5 : 180));
  });

  it('never empties a layer, and says so', async () => {
    const result = await pruneStep(context(), { method, rate: 1, granularity });
    expect(unitsOf(result.masks, granularity).kept).toBe(2);
    expect(result.rescued.length).toBeGreaterThan(0);
  });

  it('removes a channel with its bias and its batch norm, so that nothing of it is left', async () => {
    if (granularity !== 'channel') return;
    const { masks } = await pruneStep(context(), { method, rate: 0.5, granularity });
    const alive = channelMasks(network, masksOfWeights(masks))['conv2.weight'];
    for (const key of ['conv2.bias', 'bn2.weight', 'bn2.bias']) expect(masks[key]).toEqual(alive);
  });
});

const masksOfWeights = (masks: Masks): Masks => weightMasks(network, masks);

describe('what the criteria ask for', () => {
  it.each(['snip', 'taylor1ScorerAbs', 'grasp', 'hydra', 'nrs'])('%s wants images', async (method) => {
    const without = { network, numbers, masks: fullMasks(network, keys), rng: createRng(9) };
    await expect(pruneStep(without, { method, rate: 0.3 })).rejects.toThrow(/images/);
  });

  it.each(['natural', 'ibp', 'crownIbp'])('scores follow the objective %s', async (objective) => {
    const certified = { ...context(), data: { ...data, objective, objectiveOptions: { epsilonMax: 0.06 } } };
    const options = { method: 'snip', rate: 0.3 };
    const [found, adversarial] = [await pruneStep(certified, options), await pruneStep(context(), options)];
    expect(found.removed).toBe(adversarial.removed);
    expect(found.masks).not.toEqual(adversarial.masks);
  });

  it('scores under CROWN are those of CROWN-IBP at full share: the same loss from intervals', async () => {
    const scored = (objective: string, own: object) => ({
      ...context(),
      data: { ...data, objective, objectiveOptions: { epsilonMax: 0.06, ...own } },
    });
    const crown = await meanGradients(scored('crown', {}), 'snip');
    expect(crown).toEqual(await meanGradients(scored('crownIbp', { crownShare: 1 }), 'snip'));
  });

  it('scores follow the regularisers of the training loss', async () => {
    const masks = fullMasks(network, keys);
    const gradientsOf = async (regularizers?: ScoringData['regularizers']) =>
      meanGradients({ ...context(masks), data: { ...data, regularizers } }, 'snip');
    const [plain, heavy] = [await gradientsOf(), await gradientsOf({ l1: { weight: 3 } })];
    for (const key of keys)
      plain[key].forEach((g, i) => expect(heavy[key][i] - g).toBeCloseTo(3 * Math.sign(numbers[key][i]), 4));
    const options = { epsilon: 0.03, gammaPow: 2 };
    const nrs = { nrs: { weight: 5, options } };
    expect(await gradientsOf(nrs)).not.toEqual(plain);
    const grasp = { ...context(masks), data: { ...data, regularizers: nrs } };
    expect((await pruneStep(grasp, { method: 'grasp', rate: 0.3 })).removed).toBe(Math.floor(0.3 * 252));
  });

  it.each(['snip', 'grasp', 'hydra'])(
    '%s: dropout keeps everything while scores are taken',
    async (method) => {
      const [start, ...rest] = network.layers;
      const dropped = {
        ...network,
        layers: [
          { kind: 'dropout', name: 'dropout1', inputs: ['input'], rate: 0.5 } as const,
          { ...start, inputs: ['dropout1'] },
          ...rest,
        ],
      };
      const options = { method, rate: 0.4 };
      const [found, wanted] = [
        await pruneStep({ ...context(), network: dropped }, options),
        await pruneStep(context(), options),
      ];
      expect(found.masks).toEqual(wanted.masks);
    },
  );

  it('slim wants batch norms; channel scores prune no weights; methods are named', async () => {
    const plain = sequential('plain', [1, 4, 4]).conv(3, { kernel: 3 }).relu().flatten().linear(2).build();
    const bare = {
      network: plain,
      numbers: initialize(plain, createRng(1)),
      masks: fullMasks(plain, ['conv1.weight']),
      rng: createRng(1),
    };
    await expect(pruneStep(bare, { method: 'slim', rate: 0.3 })).rejects.toThrow(/batch norm/);
    const weight = { method: 'slim', rate: 0.3, granularity: 'weight' } as const;
    await expect(pruneStep(context(), weight)).rejects.toThrow(/channel/);
    await expect(pruneStep(bare, { method: 'magnitude', rate: 0.3 })).rejects.toThrow(/l1unstruct/);
  });

  it('the output layer keeps its channels', async () => {
    const all = fullMasks(network, prunableKeys(network, { linear: true }));
    const { masks } = await pruneStep(context(all), { method: 'l1-channel', rate: 0.5 });
    expect(maskCounts(masks)['fc1.weight']).toEqual({ kept: 40, total: 40 });
    expect(maskCounts(masks)['conv2.weight'].kept).toBeLessThan(180);
  });

  it('equal γ are told apart by index', async () => {
    const ones = (key: string) => numbers[key].map(() => 1);
    const flat = { ...numbers, 'bn1.weight': ones('bn1.weight'), 'bn2.weight': ones('bn2.weight') };
    const found = await pruneStep({ ...context(), numbers: flat }, { method: 'slim', rate: 0.34 });
    expect(found.removed).toBe(3);
    expect([...found.masks['bn1.weight']]).toEqual([0, 0, 0, 1]);
  });

  it('nrs removes the most unstable channels first, beyond the precision of tanh', () => {
    const scores = new Float64Array(3).fill(-Infinity);
    addStability(scores, [-9, -2, -1], [9, 2, 4], [1, 1, 1], 2);
    expect(scores[0]).toBeLessThan(scores[1]);
    expect(scores[1]).toBe(scores[2]);
    const steep = new Float64Array(3).fill(-Infinity);
    addStability(steep, [-9, -9, 1], [9, 9, 2], [1, -3, 0.1], 2);
    expect(steep[0]).toBeLessThan(steep[1]);
    expect(steep[1]).toBeLessThan(steep[2]);
    expect(steep[2]).toBeCloseTo(0, 9);
    const half = new Float64Array(1).fill(-Infinity);
    addStability(half, [-1, -2], [1, 3], [2], 2);
    const mean = (Math.tanh(1 - 1 / 4) + Math.tanh(1 - 6 / 4)) / 2;
    expect(2 * Math.exp(half[0]) - 1).toBeCloseTo(mean, 12);
  });
});

describe('the 2:4 pattern', () => {
  it('keeps two of every four input channels at each position, largest first', async () => {
    const start = context();
    const { masks, removed } = await pruneStep(start, { method: 'l1unstruct', rate: 0.5, granularity: 'nm' });
    expect(removed).toBe(90);
    expect(maskCounts(masks)['conv1.weight'].kept).toBe(72);
    for (let row = 0; row < 5; row++)
      for (let tap = 0; tap < 9; tap++) {
        const group = [0, 1, 2, 3].map((c) => row * 36 + c * 9 + tap);
        const kept = group.filter((i) => masks['conv2.weight'][i] === 1);
        const size = (i: number) => Math.abs(numbers['conv2.weight'][i]);
        const gone = group.filter((i) => !kept.includes(i));
        expect(kept).toHaveLength(2);
        expect(Math.min(...kept.map(size))).toBeGreaterThanOrEqual(Math.max(...gone.map(size)));
      }
    const again = { method: 'random', rate: 0.5, granularity: 'nm' } as const;
    expect((await pruneStep(context(masks), again)).removed).toBe(0);
    const pattern = { keep: 4, of: 4 };
    await expect(pruneStep(start, { ...again, pattern })).rejects.toThrow(/4:4/);
  });
});

describe('hydra', () => {
  it('starts with the largest weights on top, scaled per layer', () => {
    const scores = initialScores(network, { numbers, masks: fullMasks(network, keys) });
    const largest = Math.max(...scores['conv2.weight'].map(Math.abs));
    expect(largest).toBeCloseTo(Math.sqrt(6 / 36), 6);
    scores['conv2.weight'].forEach((s, i) =>
      expect(s * numbers['conv2.weight'][i]).toBeGreaterThanOrEqual(0),
    );
  });

  it('gradients pass the choice straight through', () => {
    const { program } = trace(
      ({ w, s, t, m }) => {
        const kept = keptWeights(w, s, t, m);
        return { kept, slope: vjp(sum(mul(kept, 3)), [s])[0] };
      },
      { w: float32([4]), s: float32([4]), t: float32([]), m: float32([4]) },
    );
    const [kept, slope] = interpret(program, [[1, 2, -3, 4], [0.5, -0.1, -0.7, 0.9], [0.5], [1, 1, 1, 0]]);
    expect([...kept]).toEqual([1, 0, -3, 0]);
    expect([...slope]).toEqual([3, -6, 9, 0]);
  });
});
