/** @file The families as plain data: members, titles, sentences and options. */
import { choicesOf, optionKey, type Option } from '../../family/option.ts';
import { nearest } from '../../family/nearest.ts';
import { UserError } from '../../formats/userError.ts';
import { label } from '../../formats/visible.ts';
import { families } from './families.ts';

/** An option of a member. */
export interface OptionText {
  /** Dotted key of the configuration. */
  readonly key: string;
  readonly type: Option['type'];
  readonly sentence: string;
  readonly choices?: readonly string[];
  readonly default?: unknown;
}

/** A family with all that its members say of themselves. */
export interface FamilyText {
  /** `pruning-criteria`. */
  readonly family: string;
  readonly kind: string;
  /** Key of the configuration that names a member; absent: members take part by their options. */
  readonly key?: string;
  readonly members: readonly {
    readonly name: string;
    readonly title: string;
    readonly sentence: string;
    readonly options: readonly OptionText[];
  }[];
}

const spelled = (text: string): string => text.toLowerCase().replaceAll(/[ _]/g, '-');

/**
 * All families, or those of a name: that of the family (its last word will do), or the key of the configuration that chooses from it.
 * @throws UserError with the names where there is none
 */
export function describeFamilies(wanted?: string): FamilyText[] {
  const found = families.filter(
    ({ plural, kind, key }) =>
      wanted === undefined ||
      [plural, kind, key ?? '', plural.slice(plural.lastIndexOf(' ') + 1)].some(
        (name) => spelled(name) === spelled(wanted),
      ),
  );
  if (found.length === 0) {
    const names = families.map(({ plural }) => spelled(plural));
    const near = nearest(wanted!, names);
    throw new UserError(
      `There is no family '${label(wanted!)}'. Choose one of: ${names.join(', ')}` +
        (near?.close ? `; did you mean "${near.name}"?` : '.'),
    );
  }
  return found.map(({ plural, kind, key, members }) => ({
    family: spelled(plural),
    kind,
    ...(key !== undefined && { key }),
    members: members().map(({ name, title, sentence, options = {} }) => ({
      name,
      title,
      sentence,
      options: Object.entries(options).map(([own, option]) => {
        const choices = option.type === 'choice' && { choices: choicesOf(option) };
        return { ...option, ...choices, key: optionKey(name, own, option) } as OptionText;
      }),
    })),
  }));
}
