import { spawn, execFileSync } from 'node:child_process';
import {
  linkSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  readdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openOutput, writeOutput } from './outputFile.ts';
import { shellWord } from './shellWord.ts';
import { systemFault } from './systemFault.ts';

const folder = mkdtempSync(join(tmpdir(), 'certprune-output-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

describe('a place for results', () => {
  it('follows links, dangling ones too, and leaves them', () => {
    writeFileSync(at('target'), 'old');
    symlinkSync('target', at('link'));
    writeOutput(at('link'), 'new');
    expect(lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('target'), 'utf8')).toBe('new');
    symlinkSync('absent', at('dangling'));
    writeOutput(at('dangling'), 'made');
    expect(readFileSync(at('absent'), 'utf8')).toBe('made');
    symlinkSync('circle', at('circle'));
    expect(() => openOutput(at('circle'))).toThrow('its symbolic links lead in a circle');
  });

  it('keeps the other names of a file', () => {
    writeFileSync(at('one'), 'a long old content');
    linkSync(at('one'), at('two'));
    writeOutput(at('two'), 'new');
    expect(readFileSync(at('one'), 'utf8')).toBe('new');
  });

  it('gives a pipe what is new, once', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const reader = spawn('cat', [at('pipe')]);
    const read = new Promise<string>((resolve) => {
      let text = '';
      reader.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      reader.on('close', () => resolve(text));
    });
    // Another process: the pipe's reader sees its end when the writer has gone.
    const script = `import { openOutput } from ${JSON.stringify(new URL('outputFile.ts', import.meta.url).href)};
      const output = openOutput(${JSON.stringify(at('pipe'))});
      output.write('a\\n'); output.write('a\\nb\\n'); output.write('c\\n');`;
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(await read).toBe('a\nb\nc\n');
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('leaves devices as they are', () => {
    writeOutput('/dev/null', 'gone');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(() => writeOutput('/dev/full', 'x')).toThrow(
      'Cannot write /dev/full: no space is left on the disk.',
    );
  });

  it('says at once what is wrong, in words', () => {
    expect(() => openOutput(folder)).toThrow('it is a directory');
    expect(() => openOutput(at('none/file'))).toThrow(`there is no folder ${at('none')}`);
    expect(() => openOutput(at('none/'))).toThrow('there is no such folder');
    expect(() => openOutput(at('target/file'))).toThrow('a part of its path is no folder');
    expect(() => openOutput('/proc/version/x')).toThrow('a part of its path is no folder');
    openOutput(at('fine'));
    expect(readdirSync(folder).filter((name) => name.includes('fine'))).toEqual([]);
  });
});

it('errors of the system are sentences', () => {
  const fault = (code: string): string => systemFault(Object.assign(new Error('raw'), { code }));
  expect(['ENOSPC', 'EROFS', 'EACCES', 'EWHAT'].map(fault)).toEqual([
    'no space is left on the disk',
    'the file system is read-only',
    'permission denied',
    'the system reports EWHAT',
  ]);
  expect(systemFault(new Error('plain'))).toBe('plain');
});

it('words for the shell are quoted where they need it', () => {
  expect(['runs/a_1', 'my run', "it's", '', '$(x)'].map(shellWord)).toEqual([
    'runs/a_1',
    "'my run'",
    `'it'\\''s'`,
    "''",
    "'$(x)'",
  ]);
});
