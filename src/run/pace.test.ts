import { expect, it } from 'vitest';
import { createPace } from './pace.ts';

it('is the pace of the last ten seconds, and 0 while nothing is known', () => {
  const pace = createPace();
  expect(pace.update(128, 1)).toBe(0);
  expect(pace.update(256, 2)).toBe(128);
  for (let second = 3; second < 30; second++) pace.update(256 + 10 * (second - 2), second);
  expect(pace.update(256 + 280, 30)).toBe(10);
});
