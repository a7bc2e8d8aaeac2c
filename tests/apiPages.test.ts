/** @file Every export of the library is in a program of docs/api; that they compile and run, tests/e2e/package.test.ts sees. */
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as library from '../src/index.ts';

interface ApiPages {
  readonly examples: () => readonly {
    readonly file: string;
    readonly text: string;
    readonly names: readonly string[];
  }[];
  readonly valueExports: () => readonly string[];
}

const { examples, valueExports } = (await import(
  pathToFileURL(`${import.meta.dirname}/../scripts/apiPages.js`).href
)) as ApiPages;

describe('the pages of the library', () => {
  it('know everything that is exported', () => {
    expect(valueExports().toSorted()).toEqual(Object.keys(library).toSorted());
  });

  it('show each of it at work', () => {
    const shown = new Set(examples().flatMap(({ names }) => names));
    expect(valueExports().filter((name) => !shown.has(name))).toEqual([]);
    for (const { file, text } of examples()) expect(text, file).toMatch(/^\/\/ [A-Z].*\.$/m);
  });
});
