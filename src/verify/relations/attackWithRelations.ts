/** @file An attack that knows the constraints on inputs. */
import type { Rng } from '../../data/rng.ts';
import { attackOnce } from '../attackOnce.ts';
import type { AttackEffort, AttackGuidance } from '../attackStage.ts';
import type { Tools } from '../tools.ts';
import type { Specification } from '../specification.ts';
import type { Witness } from '../verdict.ts';
import { attackedForRelations, outputsAlone, toolsForRelations } from './inputsAsOutputs.ts';

/** As `attackOnce`; it aims at the constraints too, and points that miss them by a little are moved into them. */
export async function attackWithRelations(
  tools: Tools,
  spec: Specification,
  effort: AttackEffort,
  rng: Rng,
  guidance: Omit<AttackGuidance, 'accept'>,
): Promise<Witness | undefined> {
  if (!spec.inputRows?.length) return attackOnce(tools, spec, effort, rng, guidance);
  if (effort.restarts === 0) return undefined;
  const both = await toolsForRelations(tools);
  const { inputShape } = tools.prepared.original.network;
  const witness = await attackOnce(both, attackedForRelations(spec, inputShape), effort, rng, guidance);
  return witness && outputsAlone(witness);
}
