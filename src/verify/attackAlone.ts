/** @file The attack as a question of its own: is there a counterexample that it finds? */
import { createRng } from '../data/rng.ts';
import { cheapAttack, strongAttack } from './attackStage.ts';
import { BudgetExceeded, startBudget } from './budget.ts';
import { attackWithRelations } from './relations/attackWithRelations.ts';
import { withSingleSides } from './singleSides.ts';
import { requireBox, type Specification } from './specification.ts';
import type { Tools } from './tools.ts';
import type { Verdict } from './verdict.ts';
import type { VerifyOptions } from './verifyOptions.ts';

/**
 * Both attacks of the pipeline, from the same seeds: what they find is what they find there.
 * @returns falsified, or unknown: not asked where the attack came to its end, else why it did not
 * @throws the signal's reason on cancellation
 */
export async function attackAlone(
  tools: Tools,
  spec: Specification,
  options: Pick<
    VerifyOptions,
    'seed' | 'cheapAttack' | 'strongAttack' | 'timeoutSeconds' | 'signal' | 'onProgress'
  >,
): Promise<Verdict> {
  requireBox(spec);
  const rng = createRng(options.seed ?? 0);
  const budget = startBudget(options);
  const checkpoint = (): void => {
    budget.check();
    options.onProgress?.({ domains: 0, open: 0, worstBound: -Infinity, step: 'attack' });
  };
  const asked = withSingleSides(spec);
  try {
    for (const [effort, name] of [
      [options.cheapAttack ?? cheapAttack, 'cheap'],
      [options.strongAttack ?? strongAttack, 'strong'],
    ] as const) {
      const witness = await attackWithRelations(tools, asked, effort, rng.fork(name), { checkpoint });
      if (witness) return { kind: 'falsified', by: 'attack', witness };
    }
    return { kind: 'unknown', why: 'not asked' };
  } catch (error) {
    if (error instanceof BudgetExceeded) return { kind: 'unknown', why: error.why };
    throw error;
  }
}
