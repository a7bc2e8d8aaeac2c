/** @file N:M sparsity: of every M weights along the input channels, N stay (Mishra et al. 2021). */
import { UserError } from '../formats/userError.ts';
import { weightOf } from '../nn/layers/rules.ts';
import { hasRows } from '../nn/layers/weights.ts';
import type { Masks } from '../nn/masks.ts';
import type { Network } from '../nn/network.ts';
import { layerOfKey } from './channels.ts';
import type { Scores } from './criteria/criterion.ts';
import { mapMasks, totalCount } from './masks.ts';
import type { Removal } from './removeWeights.ts';

/** `keep` of every `of` weights stay. */
export interface Pattern {
  readonly keep: number;
  readonly of: number;
}

/** What sparse tensor cores take. */
export const twoOfFour: Pattern = { keep: 2, of: 4 };

/**
 * In each group of `of` consecutive input channels at one output channel and kernel position, keeps the `keep` largest
 * scores among the weights still there; of equals the first go. Layers whose input channels are no multiple of `of`
 * stay as they are.
 * @throws UserError for a pattern that is none
 */
export function prunePattern(
  network: Network,
  scores: Scores,
  masks: Masks,
  { keep, of }: Pattern = twoOfFour,
): Removal {
  if (!(Number.isInteger(keep) && Number.isInteger(of) && keep >= 1 && keep < of))
    throw new UserError(`${keep}:${of} is no sparsity pattern: give whole numbers such as 2:4.`);
  const next = mapMasks(masks, (mask, key) => {
    const layout = weightOf(layerOfKey(network, key));
    if (!layout || !hasRows(layout)) return mask;
    const inputs = layout.inputs / layout.groups;
    return inputs % of === 0 ? patterned(mask, scores[key], inputs, layout.taps, { keep, of }) : mask;
  });
  const removed = totalCount(masks).kept - totalCount(next).kept;
  return { masks: next, asked: removed, removed, rescued: [] };
}

function patterned(
  mask: Uint8Array,
  scores: Float64Array,
  inputs: number,
  taps: number,
  { keep, of }: Pattern,
): Uint8Array {
  const next = mask.slice();
  for (let row = 0; row < mask.length; row += inputs * taps)
    for (let first = 0; first < inputs; first += of)
      for (let tap = 0; tap < taps; tap++) {
        const group = Array.from({ length: of }, (_, i) => row + (first + i) * taps + tap);
        const alive = group.filter((i) => mask[i] === 1).toSorted((a, b) => scores[a] - scores[b] || a - b);
        for (const i of alive.slice(0, Math.max(0, alive.length - keep))) next[i] = 0;
      }
  return next;
}
