import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeFolder } from './makeFolder.ts';

it('makes what is missing, leaves what is there, and says why it cannot', () => {
  const folder = mkdtempSync(join(tmpdir(), 'folder-'));
  try {
    makeFolder(join(folder, 'a/b/c'));
    makeFolder(join(folder, 'a/b'));
    expect(existsSync(join(folder, 'a/b/c'))).toBe(true);
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeFolder(join(folder, 'file'))).toThrow('EEXIST');
    expect(() => makeFolder(join(folder, 'file/below'))).toThrow(/EEXIST|ENOTDIR/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it.runIf(existsSync('/proc/self'))('ends where the system knows no new folders', () => {
  expect(() => makeFolder('/proc/certprune/run')).toThrow(/ENOENT|EACCES|EPERM|EROFS/);
});
