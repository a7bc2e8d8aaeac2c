/** @file What a search has recorded, in the words of the checker: its sites and elements, its conjunctions and rows. */
import type { NeuronRow } from '../bounds/recording.ts';
import type { Changes, DerivedRow, SiteChange } from '../check/certificate/steps.ts';
import type { LeafProof } from '../check/contracts.ts';
import type { Row } from '../check/property/property.ts';
import { bfloat } from './keptTrees.ts';
import { weighedRows } from './leaves.ts';
import type { Matched } from './matching.ts';
import type { KeptConjunction, KeptLeaf, KeptTree, ProofRecord } from './recorder.ts';

/** An input element of one of the checker's sites. */
export interface Place {
  readonly site: number;
  readonly element: number;
}

/** A hint for one conjunction: its tree, and which rows of the checker's conjunction its rows are. */
export interface ConjunctionHint {
  readonly tree: KeptTree;
  readonly rowsOf: (weights: NonNullable<KeptLeaf['weights']>) => LeafProof['rows'];
}

/** One specification's record, ready for elaboration. */
export interface Hints {
  /** Bounds of intermediate neurons with their slopes, site by site. */
  readonly rows: readonly DerivedRow[];
  readonly conjunction: (rows: readonly Row[]) => ConjunctionHint | undefined;
  /** Where a split of a kept tree is; undefined where the neuron was not found again. */
  readonly place: (site: number, neuron: number) => Place | undefined;
  /** α of every output of the checker's sites, one site behind the other, −1 where there is none, and β by split. */
  readonly multipliers: (leaf: KeptLeaf) => { readonly alpha: Int16Array; readonly beta: Float32Array };
  readonly leaves: number;
}

/** Matches by site of each of the prover's networks. */
export interface FoundNeurons {
  readonly bounded: ReadonlyMap<string, Matched>;
  readonly searched: ReadonlyMap<string, Matched>;
}

/** Slopes of single elements as changes: sites and elements in increasing order, each once. */
export function changesOf(slopes: Iterable<readonly [Place, number]>): Changes {
  const sites = new Map<number, Map<number, number>>();
  for (const [{ site, element }, byte] of slopes) {
    const own = sites.get(site) ?? new Map<number, number>();
    sites.set(site, own.set(element, byte));
  }
  return [...sites.keys()]
    .toSorted((a, b) => a - b)
    .map((site): SiteChange => {
      const own = [...sites.get(site)!].toSorted(([a], [b]) => a - b);
      return {
        site,
        elements: Uint32Array.from(own, ([element]) => element),
        alphas: Uint8Array.from(own, ([, byte]) => byte),
      };
    });
}

const placeIn = (found: Matched | undefined, neuron: number): Place | undefined =>
  found && found.site[neuron] >= 0 ? { site: found.site[neuron], element: found.element[neuron] } : undefined;

function derivedRows(rows: readonly NeuronRow[], found: ReadonlyMap<string, Matched>): DerivedRow[] {
  const byPlace = new Map<string, { -readonly [K in keyof DerivedRow]: DerivedRow[K] }>();
  for (const { site, neuron, side, slopes } of rows) {
    const place = placeIn(found.get(site), neuron);
    if (!place) continue;
    const changes = changesOf(
      slopes.flatMap(({ site: name, index, alpha }) =>
        [...index].flatMap((at, k) => {
          const there = placeIn(found.get(name), at);
          return there && there.site < place.site ? [[there, alpha[k]] as const] : [];
        }),
      ),
    );
    if (changes.length === 0) continue;
    const key = `${place.site} ${place.element}`;
    const row = byPlace.get(key) ?? { ...place };
    byPlace.set(key, row);
    row[side > 0 ? 'lower' : 'upper'] = changes;
  }
  return [...byPlace.values()].toSorted((a, b) => a.site - b.site || a.element - b.element);
}

/** Coefficients as f32 numbers: what the prover's rows are of the property's. */
const rowKey = (coefficients: ArrayLike<number>): string =>
  Array.from(coefficients, (c) => Math.fround(Math.abs(c) < 2 ** -126 ? 0 : c)).join(' ');

const keyOf = (rows: readonly { readonly coefficients: ArrayLike<number> }[]): string =>
  rows
    .map(({ coefficients }) => rowKey(coefficients))
    .toSorted()
    .join(';');

/** Of conjunctions with the same coefficients the one with the nearest bounds. */
function nearestBounds(
  candidates: readonly KeptConjunction[],
  rows: readonly Row[],
): KeptConjunction | undefined {
  const total = (all: readonly { readonly bound: number }[]): number =>
    all.reduce((sum, r) => sum + r.bound, 0);
  const wanted = total(rows);
  return candidates.toSorted(
    (a, b) => Math.abs(total(a.rows) - wanted) - Math.abs(total(b.rows) - wanted),
  )[0];
}

/** @param sizes of the checker's sites: elements with an α each */
export function hintsOf(record: ProofRecord, found: FoundNeurons, sizes: readonly number[]): Hints {
  const searched = record.searched();
  const byKey = new Map<string, KeptConjunction[]>();
  for (const kept of record.conjunctions()) {
    const key = keyOf(kept.rows);
    byKey.set(key, [...(byKey.get(key) ?? []), kept]);
  }
  const matches = searched?.sites.map(({ name }) => found.searched.get(name)) ?? [];
  const starts = startsOf(sizes);
  /** Where the slopes of each site's compact neurons stand among all of the checker's. */
  const slots = (searched?.sites ?? []).map(({ index, count, member }, number) =>
    Int32Array.from({ length: member.variables === 1 ? count : 0 }, (_, i) => {
      const place = placeIn(matches[number], index[i]);
      return place && place.element < sizes[place.site] ? starts[place.site] + place.element : -1;
    }),
  );
  return {
    rows: derivedRows(record.rows(), found.bounded),
    leaves: record.leaves(),
    conjunction(rows) {
      const kept = nearestBounds(byKey.get(keyOf(rows)) ?? [], rows);
      if (!kept) return undefined;
      const keys = rows.map(({ coefficients }) => rowKey(coefficients));
      return {
        tree: kept.tree,
        rowsOf: (weights) =>
          weighedRows(
            weights.map(({ row, weight }) => ({
              row: Math.max(0, keys.indexOf(rowKey(kept.rows[row].coefficients))),
              weight: bfloat(weight),
            })),
          ),
      };
    },
    place: (site, neuron) => placeIn(matches[site], searched!.sites[site].index[neuron]),
    multipliers(leaf) {
      const { alpha, beta } = record.multipliers(leaf);
      const all = new Int16Array(starts[sizes.length]).fill(-1);
      slots.forEach((own, number) =>
        own.forEach((slot, i) => {
          if (slot >= 0) all[slot] = alpha[number][i];
        }),
      );
      return { alpha: all, beta };
    },
  };
}

/** Where each of several things of these sizes begins in a row of all, and where the row ends. */
export function startsOf(sizes: readonly number[]): number[] {
  const starts = [0];
  for (const size of sizes) starts.push(starts.at(-1)! + size);
  return starts;
}
