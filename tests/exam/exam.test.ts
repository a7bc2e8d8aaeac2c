import { describe, expect, it } from 'vitest';
import { families } from './families.ts';
import { plantedBugs } from './plantedBugs.ts';
import { failuresOf, sit } from './sit.ts';

/** The planted bugs are a suite of the unit tests, which run beside this one. */
const asked = families.filter((family) => family !== plantedBugs);

describe('the exam, small size', () => {
  it.each(asked.map((family) => [family.name, family] as const))('%s', async (_, family) => {
    const result = await sit(family, 'small', new AbortController().signal);
    expect(failuresOf(result, 'small')).toEqual([]);
  });
});
