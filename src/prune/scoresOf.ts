/** @file Scores as they are wanted: a criterion may come from outside, and neither changes nor misses anything. */
import type { Options, OptionValues } from '../family/option.ts';
import { UserError } from '../formats/userError.ts';
import { channelMasks } from './channels.ts';
import type { Criterion, CriterionContext, Goal, Scores } from './criteria/criterion.ts';

const copied = <T extends { slice(): T }>(arrays: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(arrays).map(([key, values]) => [key, values.slice()]));

/**
 * A criterion's scores, made from copies of numbers and masks.
 * @param options the criterion's own
 * @throws UserError where a weight or channel has no score, or NaN
 */
export async function scoresOf(
  criterion: Criterion,
  context: CriterionContext,
  goal: Goal,
  options: OptionValues<Options>,
): Promise<Scores> {
  const { network, numbers, masks } = context;
  const handed = { ...context, numbers: copied<Float32Array | Float64Array>(numbers), masks: copied(masks) };
  const scores = await criterion.scores(handed, goal, options);
  const units = criterion.granularity === 'channel' ? channelMasks(network, masks) : masks;
  for (const [key, { length }] of Object.entries(units)) {
    const found = scores[key];
    const fault =
      found === undefined
        ? `it has no scores for ${key}`
        : found.length !== length
          ? `it has ${found.length} scores for ${length} of ${key}`
          : found.some(Number.isNaN) && `a score of ${key} is NaN`;
    if (fault) throw new UserError(`prune_method ${criterion.name} cannot be used: ${fault}.`);
  }
  return scores;
}
