/** @file Every way in which a certificate, a model or a property can fail to be a proof, by name. */

/** Rejected: what was handed in is no proof. Unchecked: it may be one, but not in what this checker understands. */
export const failures = {
  'not-a-certificate': ['rejected', 'the container, its metadata or a tensor is malformed'],
  'model-hash': ['rejected', 'it speaks of another model'],
  'property-hash': ['rejected', 'it speaks of another property'],
  'property-fields': ['rejected', 'the fields of its property contradict each other, or the model'],
  truncated: ['rejected', 'the file ends within a step'],
  'child-missing': ['rejected', 'the proof ends where a tree should begin'],
  'trailing-bytes': ['rejected', 'something follows the last tree'],
  'step-malformed': ['rejected', 'a step of an unknown number, or a number that is none'],
  'count-too-large': ['rejected', 'more bytes or parts in one step than the limits allow'],
  'depth-too-large': ['rejected', 'more splits on a path than the limits allow'],
  'sets-differ': ['rejected', 'the proof is of another number of sets than the property'],
  'site-unknown': ['rejected', 'there is no site of this number'],
  'element-unknown': ['rejected', 'the site has no element of this number'],
  'row-unknown': ['rejected', 'the conjunction has no row of this number'],
  'input-unknown': ['rejected', 'there is no input of this number'],
  'split-stable': ['rejected', 'a split at a point beyond the bounds of its element'],
  'multiplier-range': ['rejected', 'a weight or a β below 0'],
  'not-finite': ['rejected', 'a multiplier, a point, a number of a tensor or a bound that is not finite'],
  'leaf-open': ['rejected', 'the bound of a leaf is not above 0'],
  'leaf-not-empty': ['rejected', 'a case that is said to hold no point may hold one'],
  'model-malformed': ['unchecked', 'the ONNX file is damaged, or can be read in two ways'],
  'model-unknown': ['unchecked', 'something of the model is not understood'],
  'operator-unknown': ['unchecked', 'an operator, or a use of one, without a rule'],
  'property-malformed': ['unchecked', 'the VNN-LIB text is damaged'],
  'property-unknown': ['unchecked', 'something of the VNN-LIB text is not understood'],
  'input-relations': ['unchecked', 'the property ties inputs to one another, or to outputs'],
  'arithmetic-unknown': ['unchecked', 'arithmetic that is not understood for this model'],
  'version-unknown': ['unchecked', 'another version of the format'],
  'too-large': ['unchecked', 'a model or a property beyond the limits'],
} as const;

export type FailureKind = keyof typeof failures;

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
    return failures[this.kind][0];
  }
}

/** @throws CheckFailure */
export const fail = (...[kind, message]: ConstructorParameters<typeof CheckFailure>): never => {
  throw new CheckFailure(kind, message);
};
