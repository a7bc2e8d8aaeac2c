/** @file The stages that really train, prune and verify. */
import { UserError } from '../../formats/userError.ts';
import type { RunConfig } from '../config/schema.ts';
import type { Stages } from '../stages.ts';

/** Stages for a configuration. @throws UserError where this version cannot do what it asks. */
export async function createStages(config: RunConfig): Promise<Stages> {
  throw new UserError(`The trainer ${config.trainer} is not available in this version.`);
}
