/** @file The rule of the rooms fires on planted violations and is silent on lawful files. */
import { describe, expect, it } from 'vitest';
import { findViolations, roomChart, rooms } from '../scripts/arrows.ts';

const head = '/** @file Planted. */\n';
const check = (files: Record<string, string>): string[] =>
  findViolations(new Map(Object.entries(files).map(([path, text]) => [path, head + text]))).map(
    ({ file, line, message }) => `${file}:${line}: ${message}`,
  );

describe('arrows between rooms', () => {
  it('accepts the same and earlier rooms for every pair, but not the engine in the report', () => {
    for (const [i, from] of rooms.entries()) {
      for (const [j, to] of rooms.entries()) {
        const found = check({ [`src/${from}/a.ts`]: `import { b } from '../${to}/b.ts';` });
        expect(found, `${from} → ${to}`).toHaveLength(
          j > i || (from === 'report' && to === 'engine') ? 1 : 0,
        );
      }
    }
  });

  it.each([
    ['import', `import { b } from '../verify/b.ts';`],
    ['type import', `import type { B } from '../verify/b.ts';`],
    ['side effect', `import '../verify/b.ts';`],
    ['re-export', `export { b } from '../verify/b.ts';`],
    ['star re-export', `export * from '../verify/b.ts';`],
    ['dynamic import', `const b = await import('../verify/b.ts');`],
    ['type query', `export type B = import('../verify/b.ts').B;`],
    ['worker file', `new URL('../verify/b.ts', import.meta.url);`],
    ['detour', `import { b } from '../train/../verify/b.ts';`],
  ])('fires on a forbidden %s', (_, text) => {
    const found = check({ 'src/train/a.ts': `\n${text}` });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^src\/train\/a\.ts:3: train must not import verify/);
  });

  it('sees the room of a nested file', () => {
    const text = `import { b } from '../../verify/branching/b.ts';`;
    expect(check({ 'src/prune/criteria/a.ts': text })).toHaveLength(1);
    expect(check({ 'src/verify/branching/a.ts': `import { b } from '../b.ts';` })).toEqual([]);
  });

  it('is not misled by imports in comments and strings', () => {
    const text = `// import { b } from '../verify/b.ts';\nconst s = "import '../verify/b.ts'";`;
    expect(check({ 'src/train/a.ts': text })).toEqual([]);
  });

  it('keeps onnxruntime-node in the engine', () => {
    const text = `import * as ort from 'onnxruntime-node';`;
    expect(check({ 'src/engine/backend/session.ts': text })).toEqual([]);
    expect(check({ 'src/verify/replay.ts': text })[0]).toContain('imported by src/engine only');
    expect(check({ 'src/verify/replay.test.ts': text })).toEqual([]);
    expect(check({ 'src/index.ts': text })).toHaveLength(1);
  });

  it('keeps the report from loading the engine through other rooms, types excepted', () => {
    const files = (kind: string): Record<string, string> => ({
      'src/report/page.ts': `import { read } from '../run/read.ts';`,
      'src/run/read.ts': `import ${kind} { step } from '../train/step.ts';`,
      'src/train/step.ts': `import { run } from '../engine/run.ts';`,
      'src/engine/run.ts': '',
    });
    expect(check(files(''))).toEqual([
      'src/report/page.ts:1: report must not load engine: ' +
        'src/report/page.ts → src/run/read.ts → src/train/step.ts → src/engine/run.ts',
    ]);
    expect(check(files('type'))).toEqual([]);
  });

  it('refuses circles, those of types included', () => {
    const files = (kind: string): Record<string, string> => ({
      'src/nn/a.ts': `import { b } from './b.ts';`,
      'src/nn/b.ts': `import { c } from './c.ts';`,
      'src/nn/c.ts': `import ${kind} { a } from './a.ts';`,
    });
    for (const kind of ['', 'type'])
      expect(check(files(kind))).toEqual([
        'src/nn/c.ts:2: a circle: src/nn/a.ts → src/nn/b.ts → src/nn/c.ts → src/nn/a.ts',
      ]);
    expect(check({ ...files(''), 'src/nn/c.ts': '' })).toEqual([]);
  });

  it('draws the arrows between rooms, without those that follow from others', () => {
    const chart = roomChart(
      new Map([
        ['src/nn/a.ts', `import { b } from '../tensor/b.ts';\nimport type { c } from '../formats/c.ts';`],
        ['src/tensor/b.ts', `import { c } from '../formats/c.ts';`],
        ['src/nn/a.test.ts', `import { d } from '../data/d.ts';`],
      ]),
    );
    expect(chart).toBe('```mermaid\nflowchart TD\n  nn --> tensor\n  tensor --> formats\n```');
  });

  it('lets the public library import anything but cli, and no room import the library', () => {
    expect(check({ 'src/index.ts': `export * from './verify/a.ts';` })).toEqual([]);
    expect(check({ 'src/index.ts': `export * from './cli/a.ts';` })).toHaveLength(1);
    expect(check({ 'src/cli/a.ts': `import { x } from '../index.ts';` })).toHaveLength(1);
    expect(check({ 'src/cli/a.ts': `import { x } from '../../bench/x.ts';` })).toHaveLength(1);
  });

  it('knows only the rooms of the design and asks every file for its subject', () => {
    expect(check({ 'src/utils/a.ts': '' })[0]).toContain('src/utils is not a room');
    expect(check({ 'src/nn/a.ts': 'const a = ;' })[0]).toContain('does not parse');
    const bare = findViolations(new Map([['src/nn/a.ts', 'export const a = 1;\n']]));
    expect(bare).toMatchObject([{ file: 'src/nn/a.ts', line: 1 }]);
  });
});
