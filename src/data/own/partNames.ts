/** @file What the names of files and arrays say: `x_train`, `test_labels`, `t10k-images-idx3-ubyte`. */

export type PartName = 'train' | 'test' | 'validation';
/** Inputs, labels, or what networks take off the inputs and divide by. */
export type Role = 'x' | 'y' | 'mean' | 'std';

const parts: Readonly<Record<string, PartName>> = {
  train: 'train',
  training: 'train',
  test: 'test',
  testing: 'test',
  t10k: 'test',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
};

const roles: Readonly<Record<string, Role>> = {
  x: 'x',
  image: 'x',
  images: 'x',
  data: 'x',
  inputs: 'x',
  features: 'x',
  y: 'y',
  label: 'y',
  labels: 'y',
  target: 'y',
  targets: 'y',
  mean: 'mean',
  std: 'std',
};

/** The part that a word means. */
export const partNamed = (word: string): PartName | undefined =>
  Object.hasOwn(parts, word.toLowerCase()) ? parts[word.toLowerCase()] : undefined;

/** What a name says; words are separated by `_`, `-`, `.` or a space. */
export function saidBy(name: string): { readonly part?: PartName; readonly role?: Role } {
  const words = name.toLowerCase().split(/[-_. ]+/);
  const part = words.map(partNamed).find((found) => found !== undefined);
  const role = words
    .map((word) => (Object.hasOwn(roles, word) ? roles[word] : undefined))
    .find((found) => found !== undefined);
  return { ...(part && { part }), ...(role && { role }) };
}

/** Members by part and role; those whose names say no role are left out. */
export function byPart<T>(
  members: Iterable<readonly [string, T]>,
): Map<PartName | 'all', Partial<Record<Role, readonly [string, T]>>> {
  const found = new Map<PartName | 'all', Partial<Record<Role, readonly [string, T]>>>();
  for (const member of members) {
    const { part = 'all', role } = saidBy(member[0]);
    if (!role) continue;
    const own = found.get(part) ?? {};
    found.set(part, { ...own, [role]: own[role] ?? member });
  }
  return found;
}

/** Parts as forms give them: a validation part alone is the test part, a training part alone is to be split. */
export function partsOf<T>(
  found: Partial<Record<PartName | 'all', T>>,
): { all: T } | { train: T; test: T; validation?: T } | undefined {
  const { train, test, validation, all } = found;
  if (train === undefined) return all === undefined ? undefined : { all };
  if (test !== undefined) return { train, test, ...(validation !== undefined && { validation }) };
  return validation === undefined ? { all: train } : { train, test: validation };
}
