import { describe, expect, it } from 'vitest';
import type { Member } from '../../family/family.ts';
import { createRng } from '../../data/rng.ts';
import { UserError } from '../../formats/userError.ts';
import { datasets } from '../../data/datasets.ts';
import { models } from '../../nn/zoo/models.ts';
import { convThenLinear } from '../../nn/zoo/model.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { fullMasks, mapMasks, prunableKeys, totalCount } from '../../prune/masks.ts';
import { pruneStep } from '../../prune/prune.ts';
import type { Criterion } from '../../prune/criteria/criterion.ts';
import { mul, sum, stopGradient, type Tensor } from '../../tensor/index.ts';
import { natural } from '../../train/objectives/natural.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import { l1 } from '../../train/regularizers/l1.ts';
import { regularizers } from '../../train/regularizers/regularizers.ts';
import type { Plugin } from './api.ts';
import { checkMember } from './checkPlugin.ts';
import { checkNetwork, checkNumbers } from './checks/fixture.ts';

const faults = async (family: keyof Plugin, member: object): Promise<string[]> =>
  (await checkMember(family, member as Member))
    .filter(({ ok }) => !ok)
    .map(({ promise, found }) => `${promise}: ${found}`);

describe('the common suites pass', () => {
  // hydra trains its scores for epochs; prune.test.ts has it.
  it.each(criteria.names().filter((name) => name !== 'hydra'))('the criterion %s', async (name) => {
    expect(await faults('criteria', criteria.named(name))).toEqual([]);
  });

  // Losses by backward walks, and that of fast IBP, are about ReLUs: objectives.test.ts has them there.
  it.each(objectives.names().filter((name) => !/crown|fastIbp/i.test(name)))(
    'the objective %s',
    async (name) => {
      expect(await faults('objectives', objectives.named(name))).toEqual([]);
    },
  );

  it.each(regularizers.names())('the regulariser %s', async (name) => {
    expect(await faults('regularizers', regularizers.named(name))).toEqual([]);
  });

  it.each(['cnn_small', 'cifar_model', 'mnist_fc'])('the model %s', async (name) => {
    expect(await faults('models', models.named(name))).toEqual([]);
  });

  it('the data set mnist', async () => {
    expect(await faults('datasets', datasets.named('mnist'))).toEqual([]);
  });
});

describe('the common suites find', () => {
  const about = { title: 'wrong', sentence: 'It is wrong.' };

  it('scores that are NaN or missing, and draws of one’s own', async () => {
    const wrong = (name: string, scores: Criterion['scores']): Criterion => {
      const member: Criterion = { name, ...about, granularity: 'weight', counts: 'remaining', scores };
      criteria.join(member);
      return member;
    };
    const nan = wrong('wrong-nan', ({ masks }) =>
      mapMasks(masks, (m) => new Float64Array(m.length).fill(NaN)),
    );
    expect((await faults('criteria', nan)).join()).toMatch(/a score of conv1.weight is NaN/);
    const short = wrong('wrong-short', () => ({}));
    expect((await faults('criteria', short)).join()).toMatch(/no scores for conv1.weight/);
    let calls = 0;
    const own = wrong('wrong-own', ({ masks }) =>
      mapMasks(masks, (m) => new Float64Array(m.length).fill(calls++)),
    );
    expect((await faults('criteria', own)).join()).toMatch(/two calls score conv1.weight differently/);
    const spoils = wrong('wrong-spoils', ({ masks, numbers }) =>
      mapMasks(masks, (_, key) => Float64Array.from((numbers[key] as Float32Array).fill(1))),
    );
    expect((await faults('criteria', spoils)).join()).toMatch(/it changed them/);
  });

  it('and runs take no harm by such scores', async () => {
    const wrong = (name: string, scores: Criterion['scores']): Promise<unknown> => {
      criteria.join({ name, ...about, granularity: 'weight', counts: 'remaining', scores });
      const masks = fullMasks(checkNetwork, prunableKeys(checkNetwork));
      const context = { network: checkNetwork, numbers: checkNumbers(), masks, rng: createRng(1) };
      return pruneStep(context, { method: name, rate: 0.5 });
    };
    await expect(wrong('run-short', () => ({}))).rejects.toThrow(
      /^prune_method run-short cannot be used: it has no scores for conv1.weight\.$/,
    );
    await expect(
      wrong('run-nan', ({ masks }) => mapMasks(masks, (m) => new Float64Array(m.length).fill(NaN))),
    ).rejects.toThrow(UserError);
    const removal = await wrong('run-spoils', ({ masks }) =>
      mapMasks(masks, (m) => Float64Array.from(m.fill(0))),
    );
    const { total } = totalCount(fullMasks(checkNetwork, prunableKeys(checkNetwork)));
    expect(removal).toMatchObject({ asked: Math.round(total / 2), removed: Math.round(total / 2) });
  });

  it('a gradient that is not the loss’s, a loss of another shape, a throw', async () => {
    const cut = {
      ...natural,
      evaluate: (context: never, options: never) => {
        const result = natural.evaluate(context, options);
        return { ...result, loss: mul(result.loss, stopGradient(result.loss)) };
      },
    };
    expect((await faults('objectives', cut)).join()).toMatch(/derivative in conv1.weight\[0\]/);
    const rows = {
      ...natural,
      evaluate: (context: never, options: never) => {
        const result = natural.evaluate(context, options);
        return { ...result, loss: result.final.output };
      },
    };
    expect((await faults('objectives', rows)).join()).toMatch(/the loss has the shape \[3,3\]/);
    const throws = {
      ...natural,
      evaluate: () => {
        throw new TypeError('x is not a function');
      },
    };
    expect((await faults('objectives', throws)).join()).toMatch(/it threw: x is not a function/);
  });

  it('a regulariser that is always on, or whose gradient is cut', async () => {
    const on = { ...l1, options: { weight: { ...l1.options!.weight, default: 0.5 } } };
    expect((await faults('regularizers', on)).join()).toMatch(/takes part in every run/);
    const cut = {
      ...l1,
      evaluate: ({ params }: { params: Record<string, Tensor> }) =>
        sum(stopGradient(mul(params['conv1.weight'], params['conv1.weight']))),
    };
    expect((await faults('regularizers', cut)).join()).toMatch(/derivative in conv1.weight/);
  });

  it('a model that forgets classes or normalisation', async () => {
    const build = convThenLinear('wrong', [], [8]);
    const member = { name: 'wrong', ...about };
    const fixed = {
      ...member,
      build: (choices: never) => build({ ...(choices as object), classes: 2 } as never),
    };
    expect((await faults('models', fixed)).join()).toMatch(/its output has the shape \[2\]/);
    const raw = {
      ...member,
      build: (choices: never) => build({ ...(choices as object), normalization: undefined } as never),
    };
    expect((await faults('models', raw)).join()).toMatch(/first layer is not the normalisation/);
  });

  it('a data set whose labels or names are wrong', async () => {
    const mnist = datasets.named('mnist');
    const names = { ...mnist, classNames: ['a'] };
    expect((await faults('datasets', names)).join()).toMatch(/1 names for 10 classes/);
    const few = { ...mnist, classes: 11, classNames: [...mnist.classNames, 'ten'] };
    expect((await faults('datasets', few)).join()).toMatch(/images are of 10 classes, not 11/);
  });
});
