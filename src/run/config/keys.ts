/** @file The valid keys of the configuration schema, read off the schema itself. */
import { z } from 'zod';
import type { KeyPath } from './source.ts';

/** A JSON Schema object node, as far as keys are concerned. */
interface KeyNode {
  readonly properties?: Readonly<Record<string, KeyNode>>;
}

/** The tree of keys of a zod object schema. */
export function keyTree(schema: z.ZodType): KeyNode {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as KeyNode;
}

/**
 * Keys valid at `path`. At the root the dotted keys of nested groups come after the plain ones, so that
 * a key written one level too high is recognised.
 */
export function keysAt(tree: KeyNode, path: KeyPath): string[] {
  let node: KeyNode | undefined = tree;
  for (const part of path) node = node?.properties?.[String(part)];
  const own = Object.keys(node?.properties ?? {});
  return path.length === 0 ? [...own, ...dotted(tree, '').filter((key) => key.includes('.'))] : own;
}

function dotted(node: KeyNode, prefix: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, inner]) => [
    prefix + key,
    ...dotted(inner, `${prefix}${key}.`),
  ]);
}
