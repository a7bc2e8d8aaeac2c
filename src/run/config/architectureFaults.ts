/** @file What is wrong with the layers of a configuration, as far as its data set is known. */
import { datasets } from '../../data/datasets.ts';
import { UserError } from '../../formats/userError.ts';
import { networkOfArchitecture, readArchitecture } from '../../nn/notation/architecture.ts';

/** One sentence, or none. */
export function architectureFaults({
  arch,
  dataset,
}: {
  readonly arch: unknown;
  readonly dataset: string;
}): string[] {
  if (typeof arch === 'string') return [];
  try {
    const architecture = readArchitecture(arch);
    if (datasets.has(dataset)) networkOfArchitecture(architecture, datasets.named(dataset));
    return [];
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}
