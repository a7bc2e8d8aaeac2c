/** @file What the `verify` section of a configuration tells attack, bounds and search. */
import { domainEffort, rootEffort } from '../../verify/rowSearch.ts';
import { snakeKeys } from '../config/camelCase.ts';
import { dottedKeys } from '../config/dottedKeys.ts';
import type { RunConfig } from '../config/schema.ts';
import { choicesOf, type Choices } from './choices.ts';
import { optionNames, rowOf, type SearchSettings } from './table.ts';

/** The choices of a run. */
export function runChoices({ verify, seed }: Pick<RunConfig, 'verify' | 'seed'>): Choices {
  const values = dottedKeys(snakeKeys(verify) as Readonly<Record<string, unknown>>);
  const settings: SearchSettings = Object.fromEntries(
    optionNames.flatMap((name) => {
      const key = rowOf(name).yaml?.key;
      return key === undefined ? [] : [[name, values[key]]];
    }),
  );
  const blockIterations = 10;
  return choicesOf(
    // The section has one decay for all rates.
    { ...settings, seed, alphaDecay: verify.beta.decay },
    { root: { ...rootEffort, blockIterations }, domain: { ...domainEffort, blockIterations } },
  );
}
