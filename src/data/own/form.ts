/** @file What a form of own data is: a reader of files into samples. */
import type { Member } from '../../family/family.ts';
import type { Options } from '../../family/option.ts';
import type { Normalization } from '../normalization.ts';
import type { OwnOptions } from './options.ts';

/** Inputs and labels of one part. */
export interface OwnPart {
  /** Bytes are pixels 0..255, others the values themselves. */
  readonly values: Uint8Array | Float32Array;
  readonly labels: Int32Array;
  /** Place of a sample's values, for messages: `cat/3.png`. */
  readonly name: (index: number) => string;
  /** Place of its label. */
  readonly labelName: (index: number) => string;
}

/** What files hold, before it is split and looked at as a whole. */
export interface OwnSamples {
  /** [C,H,W] or [n]. */
  readonly shape: readonly number[];
  /** All together, to be split by a share; or the parts that files state. */
  readonly parts:
    | { readonly all: OwnPart }
    | { readonly train: OwnPart; readonly test: OwnPart; readonly validation?: OwnPart };
  /** Absent: labels are numbers. */
  readonly classNames?: readonly string[];
  /** Of columns. */
  readonly featureNames?: readonly string[];
  /** Values that are valid unless more is said; both absent: any. */
  readonly range: { readonly lower?: readonly number[]; readonly upper?: readonly number[] };
  /** Where the file has them. */
  readonly normalization?: Normalization;
  /** SHA-256 of what was read, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** A way in which data of one's own may lie on disk. */
export interface OwnForm extends Member {
  readonly options: Options;
  /** Whether a path that is there is of this form, by its name and the names in it. */
  readonly holds: (path: string) => boolean;
  /** @throws UserError naming file, place and cure */
  readonly read: (path: string, options: OwnOptions) => OwnSamples;
}
