/** @file Where configuration values come from: a YAML text with line numbers, and overrides of the command line. */
import { isMap, isPair, isScalar, LineCounter, type Node, type Pair } from 'yaml';
import { UserError } from '../../formats/userError.ts';
import { parseYaml, readYaml } from '../../formats/yaml.ts';
import { inTodaysWords } from './saved.ts';

/** A path of keys, outermost first. */
export type KeyPath = readonly PropertyKey[];

/** One fault. `value` and `candidates` are for a value that is none of the valid names. */
export interface Problem {
  readonly path: KeyPath;
  readonly message: string;
  /** Overrides the place found from the path. */
  readonly place?: string;
  /** The text could not be read, so nothing can be said about its keys. */
  readonly fatal?: boolean;
  readonly value?: unknown;
  readonly candidates?: readonly string[];
}

/** Plain values with their places. */
export interface ConfigSource {
  readonly values: Record<string, unknown>;
  /** Faults found while reading: syntax, a key given twice, a bad override. */
  readonly problems: readonly Problem[];
  /** Words for where a value was given: `line 3` or `override number 2 (lr=abc)`; undefined if nowhere. */
  place(path: KeyPath): string | undefined;
}

/**
 * Reads a YAML text, then lays `key=value` overrides (dotted keys, YAML values) over it.
 * @param places words for where each override was given, where that is not the command line
 * @param saved the text was written by a run; see {@link inTodaysWords}
 */
export function readSource(
  text: string,
  overrides: readonly string[] = [],
  places: readonly string[] = [],
  saved = false,
): ConfigSource {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const fatal = (place: string, message: string): void =>
    void problems.push({ path: [], fatal: true, place, message });
  let contents: Node | null = null;
  let values: Record<string, unknown> = {};
  try {
    const yaml = readYaml(text, lines);
    contents = yaml.document.contents;
    for (const { code, message, pos } of yaml.document.errors)
      fatal(
        `line ${lines.linePos(pos[0]).line}`,
        code === 'DUPLICATE_KEY' ? 'a key is given twice' : `not valid YAML: ${message}`,
      );
    const read: unknown = problems.length === 0 && contents !== null ? yaml.values() : {};
    if (isPlainObject(read)) values = saved ? inTodaysWords(read) : read;
    else fatal('line 1', 'expected `key: value` lines');
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const [, place = 'the text', message] = /^(?:(line \d+): )?(.*)$/s.exec(error.message)!;
    fatal(place, message);
  }
  const overridden: { path: string[]; place: string }[] = [];
  overrides.forEach((override, index) => {
    const place = places[index] ?? `override number ${index + 1} (${override})`;
    const fault = applyOverride(values, override, (path) => overridden.push({ path, place }));
    if (fault) problems.push({ path: [], place, message: fault });
  });
  return {
    values,
    problems,
    place(path) {
      const over = overridden.findLast((entry) => isPrefix(entry.path, path));
      if (over) return over.place;
      const node = keyNode(contents, path);
      return node?.range ? `line ${lines.linePos(node.range[0]).line}` : undefined;
    },
  };
}

function applyOverride(
  values: Record<string, unknown>,
  override: string,
  note: (path: string[]) => void,
): string | undefined {
  const equals = override.indexOf('=');
  if (equals <= 0) return 'expected key=value, e.g. lr=0.02 or verify.timeout=30';
  const path = override.slice(0, equals).trim().split('.');
  if (path.some((part) => part === '' || part === '__proto__')) return 'expected a key before "="';
  let value: unknown;
  try {
    value = parseYaml(override.slice(equals + 1));
  } catch (error) {
    return `the value: ${(error as Error).message.split('\n')[0]}`;
  }
  let group = values;
  for (const part of path.slice(0, -1)) {
    const inner = Object.hasOwn(group, part) ? group[part] : undefined;
    if (inner !== undefined && inner !== null && !isPlainObject(inner))
      return `"${part}" holds a value, not a group of keys`;
    const next: Record<string, unknown> = inner ?? {};
    group[part] = next;
    group = next;
  }
  group[path.at(-1)!] = value;
  note(path);
  return undefined;
}

/** The YAML node of the key at `path`, or of its nearest enclosing key. */
function keyNode(contents: Node | null, path: KeyPath): Node | undefined {
  let at: unknown = contents;
  let found: Node | undefined;
  for (const part of path) {
    if (!isMap(at)) break;
    const pair = at.items.find(
      (item): item is Pair<Node, Node | null> => isPair(item) && keyOf(item) === part,
    );
    if (!pair) break;
    found = pair.key;
    at = pair.value;
  }
  return found;
}

function keyOf(pair: Pair): unknown {
  return isScalar(pair.key) ? String(pair.key.value) : undefined;
}

function isPrefix(prefix: KeyPath, path: KeyPath): boolean {
  return prefix.length <= path.length && prefix.every((part, index) => part === path[index]);
}

/** Whether a value is a mapping of keys to values. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at a path of keys in nested groups; undefined where nothing does. */
export const valueAt = (values: unknown, path: KeyPath): unknown =>
  path.reduce<unknown>(
    (node, part) => (node as Readonly<Record<PropertyKey, unknown>> | undefined)?.[part],
    values,
  );
