import { expect, it } from 'vitest';
import { shortRadius } from './format.ts';

it.each([
  [0.1, '0.1'],
  [2 / 255, '2/255'],
  [8 / 255, '8/255'],
  [51 / 255, '0.2'],
  [0.0078, '0.0078'],
  [1, '1'],
  [undefined, '–'],
])('a radius of %s is written %s', (epsilon, text) => {
  expect(shortRadius(epsilon)).toBe(text);
});
