/** @file What a comparison of two networks found, and on which images they differ. */
import { mcNemarExact } from '../../report/intervals.ts';
import type { NetworkSize } from '../../nn/networkSize.ts';
import type { RadiusRow } from '../../run/radii.ts';
import type { VerifyRow } from '../../run/records.ts';
import type { ImageCounts } from '../../run/verdictCounts.ts';
import type { Accuracy } from '../verify/accuracies.ts';
import type { AskedImages } from '../verify/imageQuestion.ts';

/** What was found of one network. */
export interface Found {
  readonly name: string;
  readonly rows: readonly VerifyRow[];
  readonly counts: ImageCounts;
  readonly accuracies: readonly Accuracy[];
  /** The verdicts are those that its run has. */
  readonly kept: boolean;
  readonly radii?: readonly RadiusRow[];
  readonly size: NetworkSize;
  readonly latencySeconds: number;
}

/** One measure of both, image by image. */
export interface Pairing {
  readonly name: string;
  readonly onlyA: number;
  readonly onlyB: number;
  /** Exact McNemar p. */
  readonly p: number;
}

/** Both networks, and on what they agree. */
export interface Comparison {
  readonly a: Found;
  readonly b: Found;
  readonly request: AskedImages;
  readonly pairings: readonly Pairing[];
}

/** Only the images on which both differ carry information. */
export function pairingsOf(
  a: Pick<Found, 'rows' | 'radii'>,
  b: Pick<Found, 'rows' | 'radii'>,
  { depth }: Pick<AskedImages, 'depth'>,
): Pairing[] {
  const right = ({ label, prediction }: Pick<VerifyRow, 'label' | 'prediction'>): boolean =>
    label === prediction;
  const measures: readonly (readonly [string, (row: VerifyRow) => boolean])[] = [
    ['standard', right],
    ['PGD', (row) => right(row) && row.by !== 'attack'],
    ['certified', ({ verdict }) => verdict === 'verified'],
  ];
  const asked = { clean: 1, attack: 2, bounds: 3, complete: 3 }[depth];
  if (a.rows.length > 0)
    return measures.slice(0, asked).map(([name, holds]) => pairing(name, a.rows, b.rows, holds));
  // Radii tell classes alone.
  return [pairing('standard', a.radii ?? [], b.radii ?? [], right)];
}

function pairing<T extends { readonly index: number }>(
  name: string,
  a: readonly T[],
  b: readonly T[],
  holds: (row: T) => boolean,
): Pairing {
  const before = new Map(a.map((row) => [row.index, holds(row)]));
  let [onlyA, onlyB] = [0, 0];
  for (const row of b) {
    const was = before.get(row.index);
    if (was === undefined) continue;
    if (was && !holds(row)) onlyA++;
    if (!was && holds(row)) onlyB++;
  }
  return { name, onlyA, onlyB, p: mcNemarExact(onlyB, onlyA) };
}
