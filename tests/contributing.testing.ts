/** @file The examples of CONTRIBUTING.md: taken out of the page, and added to a copy of the sources. */
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one heading of the page adds. */
export interface Example {
  readonly heading: string;
  /** Path → text of new files. */
  readonly files: Readonly<Record<string, string>>;
  readonly edits: readonly Edit[];
}

/** A file that lists members, and the lines of a difference without numbers. */
export interface Edit {
  readonly file: string;
  readonly lines: readonly string[];
}

/** All examples of the page, by its third headings. */
export function examplesOf(page: string): Example[] {
  return page
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const blocks = [...section.matchAll(/^```(ts|diff)\n ?\/\/ (\S+)\n(.*?)^```$/gms)];
      const of = (language: string) => blocks.filter(([, found]) => found === language);
      return {
        heading: section.slice(0, section.indexOf('\n')),
        files: Object.fromEntries(of('ts').map(([, , file, text]) => [file, text])),
        edits: of('diff').map(([, , file, text]) => ({ file, lines: text.trimEnd().split('\n') })),
      };
    })
    .filter(({ edits }) => edits.length > 0);
}

/** Lines that an edit adds to the list of members; the imports that go with them do not count. */
export const listedLines = ({ lines }: Edit): string[] =>
  lines.filter((line) => line.startsWith('+') && !line.startsWith('+import '));

/**
 * Applies an edit: what is added stands behind the line before it, or in place of what is taken away.
 * @throws Error where the page shows a line that the file does not have, or has twice
 */
export function edited(text: string, { file, lines }: Edit): string {
  let result = text;
  let at: string | undefined;
  let taken = false;
  for (const line of lines) {
    const words = line.slice(1);
    if (line.startsWith('+')) {
      result = result.replace(at!, () => (taken ? words : `${at}\n${words}`));
      at = words;
    } else {
      const found = result.split(words).length - 1;
      if (found !== 1) throw new Error(`CONTRIBUTING.md: ${file} has the line "${words}" ${found} times`);
      at = words;
    }
    taken = line.startsWith('-');
  }
  return result;
}

/** A copy of the sources in a folder of its own, which shares the packages. */
export function copyOfSources(root: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'contributing-'));
  for (const part of ['src', 'tests', 'configs', 'package.json', 'tsconfig.json', 'vitest.config.ts'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Adds an example. */
export function addExample(folder: string, { files, edits }: Example): void {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text, { flag: 'wx' });
  for (const edit of edits) {
    const path = join(folder, edit.file);
    writeFileSync(path, edited(readFileSync(path, 'utf8'), edit));
  }
}
