/** @file Removal of units (weights or channels): exactly as many as asked, the smallest scores first, ties by index. */
import type { Masks } from '../nn/masks.ts';
import type { Scores } from './criteria/criterion.ts';
import { totalCount } from './masks.ts';

export interface Removal {
  readonly masks: Masks;
  readonly asked: number;
  /** Equal to `asked` unless that would empty a layer everywhere. */
  readonly removed: number;
  /** Keys of layers in which the last unit was spared. */
  readonly rescued: readonly string[];
}

/** Kept units in layer and element order: layer by number, element within it. */
interface Candidates {
  readonly scores: Float64Array;
  readonly layers: Int32Array;
  readonly elements: Int32Array;
}

/** The element of the largest score among the kept; the last of equals, since the first go first. */
function strongest(scores: Float64Array, mask: Uint8Array): number {
  let best = -1;
  for (let i = 0; i < mask.length; i++)
    if (mask[i] === 1 && (best < 0 || scores[i] >= scores[best])) best = i;
  return best;
}

/** All kept units but each layer's strongest. */
function candidatesOf(scores: Scores, masks: Masks, spared: readonly number[]): Candidates {
  const isOpen = (mask: Uint8Array, element: number, layer: number): boolean =>
    mask[element] === 1 && element !== spared[layer];
  const entries = Object.entries(masks);
  const open = entries.reduce(
    (n, [, mask], layer) => n + mask.reduce((k, _, element) => k + (isOpen(mask, element, layer) ? 1 : 0), 0),
    0,
  );
  const found: Candidates = {
    scores: new Float64Array(open),
    layers: new Int32Array(open),
    elements: new Int32Array(open),
  };
  let at = 0;
  entries.forEach(([key, mask], layer) => {
    for (let element = 0; element < mask.length; element++) {
      if (!isOpen(mask, element, layer)) continue;
      found.scores[at] = scores[key][element];
      found.layers[at] = layer;
      found.elements[at++] = element;
    }
  });
  return found;
}

/**
 * Removes the `asked` kept units (weights or channels) of the smallest scores over all layers together; of equal scores the first in
 * layer and element order goes first. Every layer keeps at least its strongest unit, another one goes in its place.
 * @throws RangeError where a score is NaN
 */
export function removeWeights(scores: Scores, masks: Masks, asked: number): Removal {
  const keys = Object.keys(masks);
  const next: Record<string, Uint8Array> = {};
  for (const key of keys) {
    if (scores[key].some(Number.isNaN)) throw new RangeError(`the scores of ${key} hold NaN`);
    next[key] = masks[key].slice();
  }
  const spared = keys.map((key) => strongest(scores[key], masks[key]));
  const { scores: values, layers, elements } = candidatesOf(scores, masks, spared);
  const count = Math.min(asked, values.length);
  const threshold = count === 0 ? -Infinity : values.slice().sort()[count - 1];

  let ties = count - values.reduce((n, v) => n + (v < threshold ? 1 : 0), 0);
  for (let i = 0; i < values.length; i++) {
    const goes = values[i] < threshold || (values[i] === threshold && ties > 0);
    if (!goes || count === 0) continue;
    if (values[i] === threshold) ties--;
    next[keys[layers[i]]][elements[i]] = 0;
  }
  const rescued = keys.filter((key, layer) => {
    const alone = spared[layer] >= 0 && next[key].every((m, i) => m === 0 || i === spared[layer]);
    const short = asked > values.length;
    return alone && asked > 0 && (short || scores[key][spared[layer]] <= threshold);
  });
  return { masks: next, asked, removed: totalCount(masks).kept - totalCount(next).kept, rescued };
}

/** Removal within each layer on its own. @param asked units to remove, by key */
export function removeWeightsPerLayer(
  scores: Scores,
  masks: Masks,
  asked: Readonly<Record<string, number>>,
): Removal {
  const parts = Object.entries(masks).map(([key, mask]) =>
    removeWeights({ [key]: scores[key] }, { [key]: mask }, asked[key]),
  );
  return {
    masks: Object.assign({}, ...parts.map((p) => p.masks)) as Masks,
    asked: parts.reduce((n, p) => n + p.asked, 0),
    removed: parts.reduce((n, p) => n + p.removed, 0),
    rescued: parts.flatMap((p) => p.rescued),
  };
}
