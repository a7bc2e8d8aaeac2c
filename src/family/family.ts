/** @file Families: implementations of one kind, each known by its name. */
import { UserError } from '../formats/userError.ts';
import { label } from '../formats/visible.ts';
import { nearest } from './nearest.ts';
import type { Options } from './option.ts';

// A member is one file: name, title, sentence, options, and the functions that its family's own type asks for. A family
// lists its members in one place; configuration schema, help, lists, documentation, reports and the common suites
// read the family and name no member. A member from outside joins with `join`, which must happen before
// anything asks for the names: first of all before the configuration that names it is read, in every thread that uses it.

/** What every member says of itself. */
export interface Member<O extends Options = Options> {
  /** As configurations write it: letters, digits, `-` and `_`. */
  readonly name: string;
  /** As reports and lists write it: `channel refill (refill)`. */
  readonly title: string;
  /** One sentence: what it does, and whose it is. */
  readonly sentence: string;
  /** What it may be told, by the names that it reads. */
  readonly options?: O;
}

export interface Family<M extends Member> {
  /** What one member is: `pruning criterion`. */
  readonly kind: string;
  /** The same of several, which is also what the family is called in lists: `pruning criteria`. */
  readonly plural: string;
  /** The configuration key whose value names a member, where one does. */
  readonly key?: string;
  /** Members in the order in which they are listed. */
  members(): readonly M[];
  names(): readonly string[];
  has(name: string): boolean;
  /** @throws UserError with the names there are, where it is none of them */
  named(name: string): M;
  /** Adds a member given at run time. @throws UserError where its name is taken or it does not say what a member must */
  join(member: M): void;
}

/** How a family is spoken of. */
export type FamilyWords = Pick<Family<Member>, 'kind' | 'plural' | 'key'>;

/** A family of these members. @throws UserError as `join` */
export function family<M extends Member>(words: FamilyWords, members: readonly M[]): Family<M> {
  const table = new Map<string, M>();
  const made: Family<M> = {
    ...words,
    members: () => [...table.values()],
    names: () => [...table.keys()],
    has: (name) => table.has(name),
    named(name) {
      const found = table.get(name);
      if (found) return found;
      const names = made.names();
      const near = nearest(name, names);
      const hint = near?.close ? `; did you mean "${near.name}"?` : '.';
      throw new UserError(
        `There is no ${words.kind} '${label(name)}'. Choose one of: ${names.join(', ')}${hint}`,
      );
    },
    join(member) {
      checkMember(words.kind, member);
      if (table.has(member.name))
        throw new UserError(`There is a ${words.kind} '${member.name}' already: give yours another name.`);
      table.set(member.name, member);
    },
  };
  members.forEach(made.join);
  return made;
}

/** A member from outside may be anything. */
function checkMember(kind: string, member: { readonly [K in keyof Member]?: unknown }): void {
  const { name, title, sentence } = member;
  if (typeof name !== 'string' || !/^[a-z][\w-]*$/i.test(name))
    throw new UserError(
      `A ${kind} needs a name of letters, digits, "-" and "_", which begins with a letter; got ${label(JSON.stringify(name) ?? 'none')}.`,
    );
  for (const [part, text] of Object.entries({ title, sentence }))
    if (typeof text !== 'string' || text.trim() === '')
      throw new UserError(`The ${kind} '${name}' needs a ${part}: a text that says what it is.`);
}
