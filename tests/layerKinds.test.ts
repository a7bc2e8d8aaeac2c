import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { layerRules } from '../src/nn/layers/table.ts';

/** Rooms that know of layers. */
const rooms = ['nn', 'bounds', 'attack', 'train', 'prune', 'verify', 'run', 'report', 'cli'];

/** Files that may decide by a layer's kind, and why. */
const allowed: Readonly<Record<string, string>> = {
  'nn/simplify/decomposeToRelu.ts':
    'it is about these kinds: how leaky ReLUs and max poolings are made of ReLUs',
  'verify/exact/linearMap.ts': 'terms of linear programs',
  'verify/exact/exactIntervals.ts': 'constraints of linear programs',
  'verify/exact/encode.ts': 'constraints of linear programs',
};

const kind = `'(?:${Object.keys(layerRules).join('|')})'`;
const decisions = [
  new RegExp(`kind [!=]== ${kind}`),
  new RegExp(`case ${kind}:`),
  new RegExp(`new Set[^;]*?\\[[^\\]]*?${kind}`),
  new RegExp(`\\[[^\\]]*?${kind}[^\\]]*?\\]\\.includes\\(`),
];

const sources = (folder: string): string[] =>
  readdirSync(join('src', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|testing)\.ts$/.test(name))
    .map((name) => `${folder}/${name}`);

it('what is known of a layer kind stands in its own file', () => {
  const files = rooms.flatMap(sources).filter((file) => !file.startsWith('nn/layers/'));
  expect(files.length).toBeGreaterThan(300);
  const deciding = files.filter((file) => {
    const text = readFileSync(join('src', file), 'utf8');
    return decisions.some((decision) => decision.test(text));
  });
  expect(deciding.sort()).toEqual(Object.keys(allowed).sort());
});
