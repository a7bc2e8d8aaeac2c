/** @file Trees: nested objects and arrays whose leaves are tensors, shapes or values. */

/** `T` with every leaf of type `From` replaced by `To`. */
export type MapTree<T, From, To> = T extends From
  ? To
  : T extends (...args: never[]) => unknown
    ? T
    : { [K in keyof T]: MapTree<T[K], From, To> };

/** A nested structure with leaves `L`. */
export type Tree<L> = L | readonly Tree<L>[] | { readonly [key: string]: Tree<L> };

/** A leaf with its path, e.g. `params.conv1.weight`. */
export interface NamedLeaf<L> {
  readonly path: string;
  readonly value: L;
}

/** Leaves in the order of arrays and of object keys as written. */
export function flattenTree<L>(
  tree: unknown,
  isLeaf: (value: unknown) => value is L,
  path = '',
): NamedLeaf<L>[] {
  if (tree === undefined) return [];
  if (isLeaf(tree)) return [{ path, value: tree }];
  if (typeof tree !== 'object' || tree === null)
    throw new TypeError(`${path || 'the tree'} holds ${String(tree)}, which is no leaf`);
  return Object.entries(tree).flatMap(([key, child]) =>
    flattenTree(child, isLeaf, path === '' ? key : `${path}.${key}`),
  );
}

/** The same structure with other leaves. */
export function mapTree<T, L, M>(
  tree: T,
  isLeaf: (value: unknown) => value is L,
  f: (leaf: L, path: string) => M,
  path = '',
): MapTree<T, L, M> {
  type Result = MapTree<T, L, M>;
  if (tree === undefined) return tree as Result;
  if (isLeaf(tree)) return f(tree, path) as Result;
  if (typeof tree !== 'object' || tree === null)
    throw new TypeError(`${path || 'the tree'} holds ${String(tree)}, which is no leaf`);
  const child = (key: string, value: unknown): unknown =>
    mapTree(value, isLeaf, f, path === '' ? key : `${path}.${key}`);
  if (Array.isArray(tree)) return tree.map((value, i) => child(String(i), value)) as Result;
  return Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, child(k, v)])) as Result;
}
