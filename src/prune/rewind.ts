/** @file Rewinding: the weights a pruned state starts with. */
import { family, type Member } from '../family/family.ts';
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

/** A kind of rewinding. */
export interface Rewinding extends Member {
  /** The weights that a pruned state starts from. */
  readonly source: keyof RewindSources;
}

export const rewindings = family<Rewinding>(
  { kind: 'kind of rewinding', plural: 'kinds of rewinding', key: 'prune_type' },
  [
    {
      name: 'lt',
      title: 'initial weights',
      sentence: 'The weights of the initialisation.',
      source: 'initial',
    },
    {
      name: 'rewind_lt',
      title: 'early weights',
      sentence: 'The dense state’s weights after rewind_epoch epochs.',
      source: 'early',
    },
    { name: 'pt', title: 'best dense weights', sentence: 'The dense state’s best epoch.', source: 'best' },
    { name: 'finetune', title: 'trained weights', sentence: 'The state just trained.', source: 'current' },
  ],
);

/**
 * The weights to start from, pruned ones 0, all others exactly the stored ones.
 * @throws UserError where the kind is unknown or its weights were not stored
 */
export function rewind(type: string, sources: RewindSources, masks: Masks): Record<string, Float32Array> {
  const { source } = rewindings.named(type);
  const weights = sources[source];
  if (!weights)
    throw new UserError(`Rewinding '${type}' needs the ${source} weights, which were not stored.`);
  return maskNumbers(weights, masks);
}
