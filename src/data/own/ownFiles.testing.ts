/** @file Test helper: files of data of one's own in a folder that goes after each test, and what opening them says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import type { OwnOptions } from './options.ts';
import { openOwn, type OwnData } from './ownData.ts';
import { pictureBytes, type pictures } from './pictures.testing.ts';

let root: string;

/** Makes an empty folder before each test of a file. */
export function useOwnFolder(): void {
  beforeEach(() => {
    root = join(mkdtempSync(join(tmpdir(), 'own-')), 'data');
    mkdirSync(root);
  });
  afterEach(() => rmSync(dirname(root), { recursive: true }));
}

/** Path of something in it. */
export const at = (name = ''): string => join(root, name);

/** Puts a file there. */
export function place(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), content);
}

/** Puts a picture there. */
export const picture = (name: string, content: keyof typeof pictures = 'colour.png'): void =>
  place(name, pictureBytes(content));

export const open = (name = '', options: OwnOptions = {}): OwnData => openOwn(at(name), options);

export const opening =
  (name = '', options: OwnOptions = {}) =>
  (): OwnData =>
    open(name, options);

/** Every refusal is a paragraph with a place and a cure. */
export function expectRefusal(act: () => unknown, ...parts: (string | RegExp)[]): void {
  expect(act).toThrow(UserError);
  for (const part of parts) expect(act).toThrow(part);
}
