/** @file What a proof consists of, once its bytes are read. */

/** Slopes of one site's elements, in increasing order; byte a stands for a/255 (MaxPool: place in the window + 1). */
export interface SiteChange {
  readonly site: number;
  readonly elements: Uint32Array;
  readonly alphas: Uint8Array;
}

/** In increasing order of sites; what is not listed is inherited. */
export type Changes = readonly SiteChange[];

/** An element whose bounds are derived by a walk, with the slopes of its sides; a side without is left as it is. */
export interface DerivedRow {
  readonly site: number;
  readonly element: number;
  readonly lower?: Changes;
  readonly upper?: Changes;
}

/**
 * Which bounds of bending inputs are derived by walks: none; both sides of all that are unstable by their intervals,
 * with adaptive slopes where `rows` says nothing else (rows of stable ones are passed over); or those of a list.
 */
export type BoundsSection =
  | { readonly kind: 'none' }
  | { readonly kind: 'adaptive'; readonly rows?: readonly DerivedRow[] }
  | { readonly kind: 'list'; readonly rows: readonly DerivedRow[] };

/** One step of a tree; a split and a halving are followed by two trees, the upper side first. */
export type Step =
  | { readonly kind: 'alpha'; readonly changes: Changes }
  | { readonly kind: 'bounds'; readonly section: BoundsSection }
  | { readonly kind: 'split'; readonly site: number; readonly element: number; readonly point: number }
  | { readonly kind: 'halve'; readonly input: number; readonly value: number }
  | {
      readonly kind: 'leaf';
      readonly rows: readonly { readonly row: number; readonly weight: number }[];
      readonly changes: Changes;
      /** One a split of the path, in its order. */
      readonly betas: Float64Array;
    }
  | { readonly kind: 'empty' };
