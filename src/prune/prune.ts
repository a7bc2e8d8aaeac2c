/** @file One pruning step: scores of a state's weights → its next masks. */
import { criterionNamed } from './criteria/criteria.ts';
import type { CriterionContext } from './criteria/criterion.ts';
import { totalCount } from './masks.ts';
import { removeWeights, removeWeightsPerLayer, type Removal } from './removeWeights.ts';

export interface PruneOptions {
  /** Name in the table of criteria. */
  readonly method: string;
  /** Share of the remaining weights to remove, 0..1. */
  readonly rate: number;
  /** The same share of every layer instead of one threshold for all. */
  readonly layerwise?: boolean;
}

/**
 * Removes round(rate × remaining) weights, counted over the masked parameters.
 * @returns masks that keep only what the present ones keep
 * @throws UserError for an unknown method
 */
export async function pruneStep(context: CriterionContext, options: PruneOptions): Promise<Removal> {
  const { method, rate, layerwise = false } = options;
  const scores = await criterionNamed(method).scores(context);
  if (layerwise) return removeWeightsPerLayer(scores, context.masks, rate);
  return removeWeights(scores, context.masks, Math.round(rate * totalCount(context.masks).kept));
}
