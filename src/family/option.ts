/** @file What a member of a family may be told: each option with its type, range, default and a sentence. */

/** Where an option stands in a configuration, and what is said of it. */
interface About {
  /** One sentence for documentation and editors. */
  readonly sentence: string;
  /**
   * Dotted key of the configuration, such as `bound_opts.small_box`. Default: the option's name in snake_case within a
   * group that is called as the member, `lamp.power`. Members that share a key share its meaning.
   */
  readonly key?: string;
}

/** A number's range; each end is optional. */
export interface Range {
  readonly least?: number;
  readonly most?: number;
  /** Ends that are not themselves allowed. */
  readonly above?: number;
  readonly below?: number;
}

/** An option: plain data, so that a module of a user's own can state one without importing anything. */
export type Option = About &
  (
    | ({ readonly type: 'number' | 'integer'; readonly default?: number } & Range)
    | { readonly type: 'flag'; readonly default?: boolean }
    /** One of several words; a function where they are the names of another family, which may still grow. */
    | {
        readonly type: 'choice';
        readonly choices: readonly string[] | (() => readonly string[]);
        readonly default?: string;
      }
    /** Rising epoch numbers. */
    | { readonly type: 'epochs'; readonly default?: readonly number[] }
    | { readonly type: 'text'; readonly default?: string }
    /** One number, or several. */
    | { readonly type: 'numbers'; readonly default?: readonly number[] }
    /** One name or index, or several. */
    | { readonly type: 'names'; readonly default?: readonly string[] }
  );

/** Options by the names that the implementation reads. */
export type Options = Readonly<Record<string, Option>>;

interface TypeOf {
  number: number;
  integer: number;
  flag: boolean;
  choice: string;
  epochs: readonly number[];
  text: string;
  numbers: readonly number[];
  names: readonly string[];
}

type ValueOf<P extends Option> = P extends { readonly choices: readonly (infer C extends string)[] }
  ? C
  : TypeOf[P['type']];

/** What an implementation is handed: every option with a value; undefined where it has no default and none was given. */
export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { readonly default: unknown }
    ? ValueOf<O[K]>
    : ValueOf<O[K]> | undefined;
};

/** The words of a choice. */
export const choicesOf = (option: Option & { type: 'choice' }): readonly string[] =>
  typeof option.choices === 'function' ? option.choices() : option.choices;

/** Whether two members mean the same by an option. @param whole their defaults too */
export function sameOption(a: Option, b: Option, whole: boolean): boolean {
  const facts = (option: Option): string => {
    const { sentence: _, default: fallback, ...rest } = option;
    return JSON.stringify([
      option.type === 'choice' ? choicesOf(option) : undefined,
      whole ? fallback : undefined,
      Object.entries(rest).toSorted(([p], [q]) => (p < q ? -1 : 1)),
    ]);
  };
  return facts(a) === facts(b);
}

/** `decreasingLr` → `decreasing_lr`. */
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The dotted configuration key of a member's option. */
export const optionKey = (member: string, name: string, { key }: Option): string =>
  key ?? `${snake(member)}.${snake(name)}`;

/** The given values, and the defaults of what was not given. Values are those that a schema has checked. */
export const optionValues = <O extends Options>(
  { options }: { readonly options?: O },
  given: Readonly<Record<string, unknown>> = {},
): OptionValues<O> =>
  Object.fromEntries(
    Object.entries<Option>(options ?? {}).map(([name, option]) => [name, given[name] ?? option.default]),
  ) as OptionValues<O>;
