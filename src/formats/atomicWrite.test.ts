import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isTemporary, temporaryBeside, writeFileAtomic } from './atomicWrite.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'atomic-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('an atomic write', () => {
  it('leaves the file and nothing else', () => {
    const path = join(folder, 'a.txt');
    writeFileAtomic(path, 'old');
    writeFileAtomic(path, [Buffer.from('ne'), Buffer.from('w')]);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('goes through a name that cannot be foreseen', () => {
    const path = join(folder, 'a.txt');
    const names = Array.from({ length: 50 }, () => basename(temporaryBeside(path)));
    expect(new Set(names).size).toBe(50);
    expect(names.every(isTemporary)).toBe(true);
    expect(['a.txt', '.hidden', '.npmrc.tmp', 'x.12.tmp'].filter(isTemporary)).toEqual([]);
    // What earlier versions left behind.
    expect(isTemporary('.a.txt.4711.tmp')).toBe(true);
  });

  it('does not follow a link that waits under the name of the process', () => {
    const path = join(folder, 'a.txt');
    const victim = join(folder, 'victim');
    writeFileSync(victim, 'precious');
    symlinkSync(victim, join(folder, `.a.txt.${process.pid}.tmp`));
    writeFileAtomic(path, 'mine');
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  it('takes names as long as a file system allows', () => {
    const path = join(folder, 'n'.repeat(255));
    writeFileAtomic(path, 'x');
    expect(existsSync(path)).toBe(true);
  });

  it('says what could not be written', () => {
    expect(() => writeFileAtomic(join(folder, 'none', 'a.txt'), 'x')).toThrow('Cannot write');
  });
});
