import { describe, expect, it } from 'vitest';
import { resolveConfig } from '../config/resolve.ts';
import { runChoices } from './runChoices.ts';
import { optionNames, rowOf } from './table.ts';

const resolved = (...overrides: string[]) =>
  resolveConfig({
    text: 'trainer: natural\nseed: 7',
    origin: 'a.yaml',
    overrides: overrides.map((o) => `verify.${o}`),
  });

describe('the options of verification', () => {
  it('are the verify section in the order of its files', () => {
    expect(JSON.stringify(resolved().verify)).toBe(
      JSON.stringify({
        when: 'end',
        images: { start: 0, end: 100 },
        which: 'last',
        timeout: 10,
        memory: 2 ** 30,
        workers: 0,
        maxDomains: 0,
        batch: 32,
        relaxation: 'adaptive',
        forward: 'auto',
        method: 'bab',
        certify: 'auto',
        roundoff: 'float32',
        refineBranch: 'never',
        branching: 'intercept',
        alpha: { iterations: 100, lr: 0.1, share: false, intermediate: 20 },
        beta: { iterations: 20, lrAlpha: 0.01, lrBeta: 0.05, decay: 0.98 },
        pgd: { steps: 100, restarts: 30 },
      }),
    );
  });

  it('are choices of the pipeline', () => {
    const own = {
      seed: 7,
      method: 'bab',
      certify: 'auto',
      roundoff: 'float32',
      refineBranch: 'never',
      branching: 'intercept',
      rootEffort: { blockIterations: 10, blocks: 10, rates: { alpha: 0.1, beta: 0.05, decay: 0.98 } },
      domainEffort: { blockIterations: 10, blocks: 2, rates: { alpha: 0.01, beta: 0.05, decay: 0.98 } },
      intermediateIterations: 20,
      relaxation: 'adaptive',
      sharedAlpha: false,
      strongAttack: { steps: 100, restarts: 30, relativeStep: 0.25 },
      batchRows: 64,
    };
    expect(runChoices(resolved())).toEqual(own);
    const other = resolved(
      'max_domains=9',
      'batch=4',
      'forward=only',
      'alpha.iterations=35',
      'alpha.share=1',
      'pgd.restarts=2',
      'beta.lr_beta=.2',
      'beta.decay=.9',
      'method=bab-refine',
      'alpha.intermediate=0',
    );
    expect(runChoices(other)).toEqual({
      ...own,
      maxDomains: 9,
      batchRows: 8,
      forward: 'only',
      method: 'bab-refine',
      intermediateIterations: 0,
      sharedAlpha: true,
      rootEffort: { blockIterations: 10, blocks: 4, rates: { alpha: 0.1, beta: 0.05, decay: 0.9 } },
      domainEffort: { blockIterations: 10, blocks: 2, rates: { alpha: 0.01, beta: 0.2, decay: 0.9 } },
      strongAttack: { steps: 100, restarts: 2, relativeStep: 0.25 },
    });
  });

  it('have one name each in every dialect', () => {
    const names = (of: (name: (typeof optionNames)[number]) => readonly string[]): string[] =>
      optionNames.flatMap(of);
    for (const all of [names((n) => rowOf(n).abcrown ?? []), names((n) => [rowOf(n).yaml?.key ?? n])])
      expect(new Set(all).size).toBe(all.length);
  });
});
