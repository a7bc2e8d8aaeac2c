/** @file Rewinding: the weights a pruned state starts with. */
import { UserError } from '../formats/userError.ts';
import { maskNumbers, type Masks } from '../nn/masks.ts';

type Weights = Readonly<Record<string, Float32Array>>;

/** Stored weights (parameters and buffers) that a pruned state may start from. */
export interface RewindSources {
  /** The initialisation of the first state. */
  readonly initial?: Weights;
  /** The first state after `rewind_epoch` epochs. */
  readonly early?: Weights;
  /** The best epoch of the dense state. */
  readonly best?: Weights;
  /** The state just trained. */
  readonly current?: Weights;
}

/** Kind of rewinding → which weights it takes. */
export const rewindTypes: Readonly<Record<string, keyof RewindSources>> = {
  lt: 'initial',
  rewind_lt: 'early',
  pt: 'best',
  finetune: 'current',
};

/**
 * The weights to start from, pruned ones 0, all others exactly the stored ones.
 * @throws UserError where the kind is unknown or its weights were not stored
 */
export function rewind(type: string, sources: RewindSources, masks: Masks): Record<string, Float32Array> {
  const source = rewindTypes[type];
  if (!source)
    throw new UserError(
      `There is no kind of rewinding '${type}'. Choose one of: ${Object.keys(rewindTypes).join(', ')}.`,
    );
  const weights = sources[source];
  if (!weights)
    throw new UserError(`Rewinding '${type}' needs the ${source} weights, which were not stored.`);
  return maskNumbers(weights, masks);
}
