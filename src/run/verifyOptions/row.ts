/** @file What is written down about one option of verification. */
import type { Depth } from '../../verify/files/answer.ts';
import type { Kind } from './kinds.ts';

/** The questions that `certprune verify` answers. `--abcrown` asks one of the last four. */
export const forms = ['run', 'instance', 'images', 'folder', 'csv'] as const;
export type Form = (typeof forms)[number];

/** One option under all its names; its key in the table is the name in the code, and as `--kebab-case` the flag. */
export interface OptionRow {
  readonly kind: Kind<unknown>;
  /** One sentence, without its capital and its stop. */
  readonly help: string;
  /** Questions that take it on the command line; given to another it is an error. Absent: it has no flag. */
  readonly forms?: readonly Form[];
  readonly short?: string;
  /** Without the flag, in words. */
  readonly default?: string;
  /** How far a question must go for it to change anything: beyond the class (`bounds`), or to the search. */
  readonly from?: Exclude<Depth, 'clean'>;
  /** What to do instead where it is not taken, by form. */
  readonly instead?: Partial<Record<Form, string>>;
  /** In the `verify` section of a run's configuration: the dotted key there, and the value without it. */
  readonly yaml?: { readonly key: string; readonly default: unknown };
  /** Keys of α,β-CROWN's configurations; of several the first that is given counts. */
  readonly abcrown?: readonly string[];
}

export const everyForm = forms;
/** Forms about files. */
export const ofFiles = ['instance', 'images', 'folder', 'csv'] as const;
/** Forms that know certified radii. */
export const ofRadii = ['run', 'images'] as const;
/** Forms about labelled images. */
export const ofImages = ['run', 'images', 'folder'] as const;
