/** @file snake_case keys of the YAML files ↔ camelCase keys of the code, in types and at run time. */

/** `lr_decay_milestones` → `lrDecayMilestones`, as a type. */
export type CamelCase<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;

/** The type with every key in camelCase, nested plain objects too; arrays as they are. */
export type CamelKeys<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T as K extends string ? CamelCase<K> : K]: CamelKeys<T[K]> }
    : T;

/** `lr_decay_milestones` → `lrDecayMilestones`. */
export const camelCase = (key: string): string =>
  key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Renames every key of a tree of plain objects to camelCase. */
export function camelKeys<T>(value: T): CamelKeys<T> {
  return renamed(value, camelCase) as CamelKeys<T>;
}

/** Renames every key of a tree of plain objects to snake_case: the inverse of `camelKeys`. */
export function snakeKeys(value: unknown): unknown {
  return renamed(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [rename(key), renamed(inner, rename)]),
  );
}
