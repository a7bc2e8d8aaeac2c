/** @file One pruning step: scores of a state's weights → its next masks. */
import { optionValues, type Options, type OptionValues } from '../family/option.ts';
import { UserError } from '../formats/userError.ts';
import type { Masks } from '../nn/masks.ts';
import { channelMasks, narrowToChannels, rowMeans } from './channels.ts';
import { criteria } from './criteria/criteria.ts';
import type { Criterion, CriterionContext, Goal, Scores } from './criteria/criterion.ts';
import { mapMasks, maskCounts, totalCount, weightMasks, type MaskCount } from './masks.ts';
import { prunePattern, type Pattern } from './pattern.ts';
import { removeWeights, removeWeightsPerLayer, type Removal } from './removeWeights.ts';

export interface PruneOptions {
  /** Name of a criterion. */
  readonly method: string;
  /** The criterion's own options, by the names that it gives them; default: its defaults. */
  readonly criterionOptions?: Readonly<Record<string, unknown>>;
  /** Share to remove, 0..1; of what, the criterion's `counts` tells. */
  readonly rate: number;
  /** The same share of every layer instead of one threshold for all. */
  readonly layerwise?: boolean;
  /** Number of this pruning, from 1; default 1. */
  readonly time?: number;
  /** What is removed; default: what the criterion scores. `nm` follows `pattern` and takes no rate. */
  readonly granularity?: 'weight' | 'channel' | 'nm';
  /** For `nm`; default 2 of 4. */
  readonly pattern?: Pattern;
}

/** Units to remove at the k-th pruning of layers with these counts. */
function askedOf(criterion: Criterion, { rate, time = 1 }: PruneOptions, count: MaskCount): number {
  if (criterion.counts === 'remaining') return Math.round(rate * count.kept);
  // The small addition keeps a whole number whole that rounding put just below.
  const gone = Math.floor((1 - (1 - rate) ** time) * count.total + 1e-9);
  return Math.max(0, gone - (count.total - count.kept));
}

/** Units to remove in the next of the rounds left: their kept numbers fall exponentially to the goal. */
function askedInRound(kept: number, goal: number, roundsLeft: number): number {
  const final = kept - goal;
  return roundsLeft === 1 || final <= 0 ? goal : kept - Math.round(kept * (final / kept) ** (1 / roundsLeft));
}

/**
 * Removes the number of weights or channels that method, rate and time ask for.
 * A pruned channel takes its bias and its batch norm's γ and β along, so that masks gain keys.
 * @returns masks that keep only what the present ones keep; counts in the units that were pruned
 * @throws UserError for an unknown method, or one that cannot prune at the granularity
 */
export async function pruneStep(context: CriterionContext, options: PruneOptions): Promise<Removal> {
  const { network, numbers, masks } = context;
  const criterion = criteria.named(options.method);
  const granularity = options.granularity ?? criterion.granularity;
  if (criterion.granularity === 'channel' && granularity !== 'channel')
    throw new UserError(
      `prune_method ${options.method} scores whole channels; prune.granularity must be channel, not ${granularity}.`,
    );
  const weights = weightMasks(network, masks);
  const own = optionValues(criterion, options.criterionOptions);
  const scored = (now: Masks, goal: Goal): Promise<Scores> =>
    scoresOf(criterion, { ...context, masks: now }, goal, own);
  const keep = (removal: Removal): Removal => ({ ...removal, masks: { ...masks, ...removal.masks } });

  if (granularity === 'nm') {
    const scores = await scored(weights, { asked: 0 });
    return keep(prunePattern(network, scores, weights, options.pattern));
  }
  if (granularity === 'weight') return keep(await removeInRounds(criterion, options, weights, scored));

  const narrowed = (channels: Masks): Masks => narrowToChannels(network, numbers, masks, channels);
  const channels = channelMasks(network, weights);
  const channelScores = async (now: Masks, goal: Goal): Promise<Scores> => {
    const scores = await scored(weightMasks(network, narrowed(now)), goal);
    return mapMasks(now, (_, key) =>
      criterion.granularity === 'channel' ? scores[key] : rowMeans(network, key, scores[key]),
    );
  };
  const removal = await removeInRounds(criterion, options, channels, channelScores);
  return { ...removal, masks: narrowed(removal.masks) };
}

/** Scores and removes, as many rounds as the criterion wants. */
async function removeInRounds(
  criterion: Criterion,
  options: PruneOptions,
  start: Masks,
  scored: (masks: Masks, goal: Goal) => Promise<Scores>,
): Promise<Removal> {
  const rounds = criterion.rounds ?? 1;
  let masks = start;
  let removed = 0;
  const rescued = new Set<string>();
  const wanted = options.layerwise
    ? mapMasks(start, (_, key) => askedOf(criterion, options, maskCounts(start)[key]))
    : askedOf(criterion, options, totalCount(start));
  const total = typeof wanted === 'number' ? wanted : Object.values(wanted).reduce((n, v) => n + v, 0);
  for (let left = rounds; left > 0; left--) {
    let step: Removal;
    if (typeof wanted === 'number') {
      const asked = askedInRound(totalCount(masks).kept, wanted - removed, left);
      step = removeWeights(await scored(masks, { asked }), masks, asked);
    } else {
      const [before, now] = [maskCounts(start), maskCounts(masks)];
      const asked = mapMasks(masks, (_, key) =>
        askedInRound(now[key].kept, wanted[key] - (before[key].kept - now[key].kept), left),
      );
      step = removeWeightsPerLayer(await scored(masks, { asked }), masks, asked);
    }
    masks = step.masks;
    removed += step.removed;
    for (const key of step.rescued) rescued.add(key);
  }
  return { masks, asked: total, removed, rescued: [...rescued] };
}

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
