/** @file Every key of the configuration with its type, default, sentence and an example, for documentation. */
import { configJsonSchema, type SchemaNode } from './jsonSchema.ts';

/** One key that holds a value. */
export interface KeyEntry {
  /** Dotted. */
  readonly key: string;
  /** In words. */
  readonly type: string;
  /** As YAML; absent: none, or told by something else. */
  readonly fallback?: string;
  readonly sentence: string;
  /** A value that the key may have, as YAML. */
  readonly example: string;
}

/** A group of keys: the whole configuration under the key ''. */
export interface KeyGroup {
  readonly key: string;
  readonly sentence: string;
  readonly entries: readonly KeyEntry[];
}

/** All groups, outermost first, each with the keys that hold values. */
export function keyGroups(): KeyGroup[] {
  const groups: KeyGroup[] = [];
  const visit = (node: SchemaNode, key: string): void => {
    const fields = Object.entries(node.properties ?? {});
    const prefix = key === '' ? '' : `${key}.`;
    const entries = fields.filter(([, field]) => !groupNode(field));
    groups.push({
      key,
      sentence: node.description ?? '',
      entries: entries.map(([name, field]) => entryOf(prefix + name, field)),
    });
    for (const [name, field] of fields) {
      const group = groupNode(field);
      if (group)
        visit({ ...group, ...(field.description && { description: field.description }) }, prefix + name);
    }
  };
  visit(configJsonSchema(), '');
  return groups;
}

/** The node of a group's keys, where the node is one; open groups may be texts as well. */
const groupNode = (node: SchemaNode): SchemaNode | undefined =>
  node.properties ? node : node.anyOf?.find(({ properties }) => properties);

function entryOf(key: string, node: SchemaNode): KeyEntry {
  const shown = node.default === '' ? undefined : node.default;
  return {
    key,
    type: typeText(node),
    ...(shown !== undefined && { fallback: yaml(shown) }),
    sentence: node.description ?? '',
    example: yaml(node.example ?? exampleOf(node)),
  };
}

/** A value on one line of YAML. */
const yaml = (value: unknown): string =>
  typeof value === 'string' && /^[\w.-]+$/.test(value) ? value : JSON.stringify(value).replaceAll(',', ', ');

function typeText(node: SchemaNode): string {
  if (node.enum) return node.enum.map(String).join(', ');
  if (node.anyOf?.[0].enum) return `${node.anyOf[0].enum.map(String).join(', ')}; or a list or group`;
  if (node.anyOf) {
    const types = node.anyOf.flatMap(({ type = [] }) => type);
    if (types.includes('boolean')) return 'true or false';
    if (types.join() === 'number,array') return 'numbers';
    if (types.join() === 'string,integer,array') return 'names';
    if (types.includes('array')) return 'rising epochs';
    return types.join(' or ');
  }
  const { type, minimum: least, exclusiveMinimum: above, exclusiveMaximum: below } = node;
  if (type === undefined || typeof type !== 'string') return 'number or text';
  if (type === 'string') return 'text';
  if (type === 'array') return 'list';
  const most = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  const range = [
    least !== undefined && `from ${least}`,
    above !== undefined && `above ${above}`,
    most !== undefined && `to ${most}`,
    below !== undefined && `below ${below}`,
  ].filter((part) => part !== false);
  return [type === 'integer' ? 'whole number' : 'number', ...range].join(' ');
}

/** Something else than the default where that is easy to find. */
function exampleOf(node: SchemaNode): unknown {
  const { default: fallback } = node;
  const names = node.enum ?? node.anyOf?.[0].enum;
  if (names) return names.find((word) => word !== fallback) ?? names[0];
  if (node.anyOf?.some(({ type }) => type === 'boolean')) return fallback !== true;
  if (typeof fallback === 'number' && fallback !== 0) return fallback;
  if (Array.isArray(fallback)) return fallback;
  if (node.anyOf?.[0].type === 'number') return 0.5;
  if (node.type === 'string' || node.type === undefined) return 'a';
  const least = node.minimum ?? node.exclusiveMinimum ?? 0;
  const most = node.maximum ?? node.exclusiveMaximum ?? Infinity;
  if (most <= 1) return 0.5;
  return node.type === 'integer' ? Math.max(least, 1) : 0.01;
}
