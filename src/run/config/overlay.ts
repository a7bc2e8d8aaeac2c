/** @file Files of values that are laid over a configuration: one file makes the quick version of many. */
import { basename } from 'node:path';
import { dottedKeys } from './dottedKeys.ts';
import { throwProblems } from './problems.ts';
import { readSource } from './source.ts';

/** A text of configuration keys, and what messages call it. */
export interface OverlayText {
  readonly text: string;
  readonly origin: string;
}

/** An overlay as the overrides it stands for. */
export interface Overlay {
  /** Part of the name of a run: its file's name. */
  readonly label: string;
  readonly overrides: readonly string[];
  /** Words for where each override was given. */
  readonly places: readonly string[];
}

/**
 * Reads an overlay. Nested groups are laid over key by key, free options (`scheduler_opts`) as a whole.
 * @throws UserError where the text is no mapping of keys
 */
export function readOverlay({ text, origin }: OverlayText): Overlay {
  const source = readSource(text);
  if (source.problems.length > 0) throwProblems(source.problems, source, origin);
  const entries = Object.entries(dottedKeys(source.values));
  return {
    label: basename(origin)
      .replace(/^overlay /, '')
      .replace(/\.ya?ml$/, ''),
    // JSON is YAML.
    overrides: entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`),
    places: entries.map(([key]) => `${source.place(key.split('.')) ?? 'somewhere'} of ${origin}`),
  };
}
