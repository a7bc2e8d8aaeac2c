/** @file One attack with its replay. */
import type { Rng } from '../data/rng.ts';
import type { AttackEffort, AttackGuidance, Attacker } from './attackStage.ts';
import { confirm, type Replayer } from './replay.ts';
import type { Specification } from './specification.ts';
import type { Witness } from './verdict.ts';

/** A point that the attack finds and the replay confirms. */
export async function attackOnce(
  { attacker: { attack }, replayer: replay }: { readonly attacker: Attacker; readonly replayer: Replayer },
  spec: Specification,
  effort: AttackEffort,
  rng: Rng,
  guidance: Omit<AttackGuidance, 'accept'>,
): Promise<Witness | undefined> {
  if (effort.restarts === 0) return undefined;
  let witness: Witness | undefined;
  await attack(spec, effort, rng, {
    ...guidance,
    async accept(point) {
      witness = await confirm(replay, spec, point);
      return witness !== undefined;
    },
  });
  return witness;
}
