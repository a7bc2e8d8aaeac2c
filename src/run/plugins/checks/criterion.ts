/** @file What every pruning criterion promises. */
import { createRng } from '../../../data/rng.ts';
import { optionValues } from '../../../family/option.ts';
import type { Criterion, CriterionContext } from '../../../prune/criteria/criterion.ts';
import { channelMasks } from '../../../prune/channels.ts';
import { fullMasks, isNarrower, prunableKeys, totalCount, weightMasks } from '../../../prune/masks.ts';
import { pruneStep, scoresOf } from '../../../prune/prune.ts';
import type { Masks } from '../../../nn/masks.ts';
import { checksOf, holds, type Check } from './check.ts';
import { checkImages, checkNetwork, checkNumbers } from './fixture.ts';

const keys = prunableKeys(checkNetwork);
const rate = 0.3;

function contextOf(masks: Masks): CriterionContext {
  return {
    network: checkNetwork,
    numbers: checkNumbers(),
    masks,
    rng: createRng('criterion check'),
    data: {
      dataset: checkImages(32),
      images: 32,
      batchSize: 16,
      objective: 'fgsm',
      objectiveOptions: {},
      epsilon: 0.02,
      engine: { threads: 1 },
    },
  };
}

const unitsOf = (masks: Masks, { granularity }: Criterion) => {
  const weights = weightMasks(checkNetwork, masks);
  return totalCount(granularity === 'channel' ? channelMasks(checkNetwork, weights) : weights);
};

/** @param criterion a member of the family, under its name */
export function criterionChecks(criterion: Criterion): Check[] {
  const { name: method, granularity, counts } = criterion;
  const given = [{ asked: 10 }, optionValues(criterion)] as const;
  return checksOf({
    'says what it scores and how it counts'() {
      holds(
        ['weight', 'channel'].includes(granularity),
        `granularity is ${granularity}, not weight or channel`,
      );
      holds(['remaining', 'total'].includes(counts), `counts is ${counts}, not remaining or total`);
    },
    async 'gives each weight or channel a score, none of them NaN'() {
      await scoresOf(criterion, contextOf(fullMasks(checkNetwork, keys)), ...given);
    },
    async 'is repeatable: randomness comes from the generator it is handed'() {
      const masks = fullMasks(checkNetwork, keys);
      const [first, second] = [
        await scoresOf(criterion, contextOf(masks), ...given),
        await scoresOf(criterion, contextOf(masks), ...given),
      ];
      for (const key of keys)
        holds(
          first[key].every((score, i) => Object.is(score, second[key][i])),
          `two calls score ${key} differently`,
        );
    },
    async 'leaves the numbers and masks it is handed as they are'() {
      const context = contextOf(fullMasks(checkNetwork, keys));
      const before = JSON.stringify([context.numbers, context.masks]);
      await criterion.scores(context, ...given);
      holds(JSON.stringify([context.numbers, context.masks]) === before, 'it changed them');
    },
    async 'masks only shrink, and counts are exact, three times in a row'() {
      let masks = fullMasks(checkNetwork, keys);
      const { total } = unitsOf(masks, criterion);
      for (let time = 1; time <= 3; time++) {
        const { kept } = unitsOf(masks, criterion);
        const next = await pruneStep(contextOf(masks), { method, rate, time, granularity });
        const asked =
          counts === 'remaining'
            ? Math.round(rate * kept)
            : Math.floor((1 - (1 - rate) ** time) * total + 1e-9) - (total - kept);
        const left = unitsOf(next.masks, criterion).kept;
        holds(left === kept - asked, `pruning ${time} leaves ${left} of ${kept}, not ${kept - asked}`);
        const before = { ...fullMasks(checkNetwork, Object.keys(next.masks)), ...masks };
        holds(isNarrower(next.masks, before), `pruning ${time} brings weights back`);
        masks = next.masks;
      }
    },
  });
}
