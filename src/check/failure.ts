/** @file Every way in which a certificate, a model or a property can fail to be a proof, by name. */

/** Rejected: what was handed in is no proof. Unchecked: it may be one, but not in what this checker understands. */
const outcomes = {
  /** The container, its metadata or a tensor of it is malformed. */
  'not-a-certificate': 'rejected',
  'model-hash': 'rejected',
  'property-hash': 'rejected',
  /** The fields of an image or a box contradict each other or the model. */
  'property-fields': 'rejected',
  /** The proof ends within a step. */
  truncated: 'rejected',
  /** The proof ends where a tree should begin. */
  'child-missing': 'rejected',
  'trailing-bytes': 'rejected',
  /** A step with an unknown number, or a number that is none. */
  'step-malformed': 'rejected',
  /** More sets, sites, elements or steps than there can be. */
  'count-too-large': 'rejected',
  'depth-too-large': 'rejected',
  'sets-differ': 'rejected',
  'site-unknown': 'rejected',
  'element-unknown': 'rejected',
  'row-unknown': 'rejected',
  'input-unknown': 'rejected',
  /** A split at a point that leaves one side without a point. */
  'split-stable': 'rejected',
  'multiplier-range': 'rejected',
  'not-finite': 'rejected',
  /** A leaf whose bound is not above 0. */
  'leaf-open': 'rejected',
  /** A leaf said to hold no point, whose intervals do. */
  'leaf-not-empty': 'rejected',
  'model-malformed': 'unchecked',
  'property-malformed': 'unchecked',
  'operator-unknown': 'unchecked',
  /** Something else of a model that is not understood. */
  'model-unknown': 'unchecked',
  'property-unknown': 'unchecked',
  'arithmetic-unknown': 'unchecked',
  'version-unknown': 'unchecked',
  'too-large': 'unchecked',
  'input-relations': 'unchecked',
  'integer-program': 'unchecked',
} as const;

export type FailureKind = keyof typeof outcomes;

/** What a failure may tell of the place. */
export interface FailurePlace {
  /** What leads to the leaf, from the root. */
  readonly path?: readonly string[];
  /** The bound that was reached. */
  readonly bound?: number;
}

/** Why something is not a checked proof. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';
  readonly kind: FailureKind;
  readonly place: FailurePlace;

  constructor(kind: FailureKind, message: string, place: FailurePlace = {}) {
    super(message);
    this.kind = kind;
    this.place = place;
  }

  get outcome(): 'rejected' | 'unchecked' {
    return outcomes[this.kind];
  }
}
