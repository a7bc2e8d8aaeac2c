/** @file The Dockerfile, read: what it copies exists, what it starts is there, and it does not run as root. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const at = (path: string): string => `${import.meta.dirname}/../${path}`;

/** Instructions with their words, in order; comments left out. */
const instructions = readFileSync(at('Dockerfile'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, name, rest] = /^([A-Z]+) (.+)$/.exec(line)!;
    return { name, rest };
  });

const of = (name: string): string[] => instructions.filter((i) => i.name === name).map(({ rest }) => rest);

describe('the Dockerfile', () => {
  it('starts from an image of one Node, named with its version and glibc', () => {
    const images = of('FROM').map((rest) => rest.split(' ')[0]);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:\d+-bookworm-slim$/);
    const { engines } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { engines: { node: string } };
    expect(Number(/\d+/.exec(images[0])![0])).toBeGreaterThanOrEqual(Number(/\d+/.exec(engines.node)![0]));
  });

  it('copies what is there, and ignores what is made', () => {
    const sources = of('COPY')
      .filter((rest) => !rest.startsWith('--from='))
      .flatMap((rest) => rest.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) expect(existsSync(at(source)), source).toBe(true);
    const ignored = readFileSync(at('.dockerignore'), 'utf8').split('\n');
    for (const made of ['node_modules', 'dist', '.git', 'runs']) expect(ignored).toContain(made);
    for (const source of sources) expect(ignored).not.toContain(source);
  });

  it('starts the command of the package, without a shell, as another user than root', () => {
    const { bin } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { bin: Record<string, string> };
    const [start] = of('ENTRYPOINT').map((rest) => JSON.parse(rest) as string[]);
    expect(Object.keys(bin)).toEqual(start);
    expect(of('CMD')).toEqual(['["--help"]']);
    const users = of('USER');
    expect(users).toEqual(['node']);
    const last = instructions.findLastIndex(({ name }) => name === 'RUN');
    expect(instructions.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(last);
  });
});
