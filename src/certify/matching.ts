/** @file Finding the prover's neurons in the original network again, by what they compute. */

/** Values of the elements of one site at several points, [points][size]. */
export type SiteValues = readonly ArrayLike<number>[];

/** Where each element of a site of one network is in the other: a site and an element of it, −1 where there is none. */
export interface Matched {
  readonly site: Int32Array;
  readonly element: Int32Array;
}

/** Of the largest value of a site: what folding and f32 may have moved a value by. */
const tolerance = 1e-4;

interface SortedSite {
  readonly values: SiteValues;
  /** Elements by their value at the first point. */
  readonly order: Int32Array;
  readonly keys: Float64Array;
}

function sorted(values: SiteValues): SortedSite {
  const [first] = values;
  const order = Int32Array.from({ length: first.length }, (_, i) => i).sort((a, b) => first[a] - first[b]);
  return { values, order, keys: Float64Array.from(order, (i) => first[i]) };
}

const largestOf = (values: SiteValues): number => {
  let largest = 0;
  for (const at of values) for (let i = 0; i < at.length; i++) largest = Math.max(largest, Math.abs(at[i]));
  return largest;
};

/** The first place whose key is at least `value`. */
function placeOf(keys: Float64Array, value: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The element of a site nearest to a neuron, within the tolerance at every point; of equals the one at `preferred`, else the first. */
function nearest(site: SortedSite, own: SiteValues, neuron: number, allowed: number): number {
  let [best, distance] = [-1, allowed];
  const [value] = [own[0][neuron]];
  const distanceTo = (element: number): number => {
    let largest = 0;
    for (let p = 0; p < own.length && largest <= distance; p++)
      largest = Math.max(largest, Math.abs(site.values[p][element] - own[p][neuron]));
    return largest;
  };
  // The same place first: of neurons that compute the same it is the one that is meant.
  if (neuron < site.order.length) {
    const there = distanceTo(neuron);
    if (there <= distance) [best, distance] = [neuron, there];
  }
  for (let k = placeOf(site.keys, value - distance); k < site.keys.length; k++) {
    if (site.keys[k] > value + distance) break;
    const there = distanceTo(site.order[k]);
    if (there < distance || (there === distance && best < 0)) [best, distance] = [site.order[k], there];
  }
  return best;
}

/**
 * For every site of `ours` where its elements are among `theirs`. Most elements of a site are found in one other, which is
 * then asked first. Values decide, not names: a network may have been merged, pruned and renamed in between, and a wrong
 * match can only make a check fail.
 */
export function matchNeurons(ours: readonly SiteValues[], theirs: readonly SiteValues[]): readonly Matched[] {
  const others = theirs.map(sorted);
  return ours.map((own) => {
    const size = own[0].length;
    const allowed = tolerance * largestOf(own);
    const found: Matched = { site: new Int32Array(size).fill(-1), element: new Int32Array(size).fill(-1) };
    const sample = Array.from({ length: Math.min(size, 32) }, (_, k) =>
      Math.floor((k * size) / Math.min(size, 32)),
    );
    const hits = others.map(
      (site, number) =>
        [number, sample.filter((neuron) => nearest(site, own, neuron, allowed) >= 0).length] as const,
    );
    const ranked = hits.toSorted((a, b) => b[1] - a[1]).map(([number]) => number);
    for (let neuron = 0; neuron < size; neuron++)
      for (const number of ranked) {
        const element = nearest(others[number], own, neuron, allowed);
        if (element < 0) continue;
        found.site[neuron] = number;
        found.element[neuron] = element;
        break;
      }
    return found;
  });
}
