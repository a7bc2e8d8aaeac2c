/** @file Saved configurations of runs that began when names and defaults meant other networks and other data. */
import { datasets } from '../../data/datasets.ts';
import { models } from '../../nn/zoo/models.ts';

/**
 * The values of a saved configuration, which holds every key, in today's words: one without `normalization` is of the
 * earlier kind, and its run goes on with the network, the normalisation and the augmentation that it began with.
 */
export function inTodaysWords(saved: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (saved['normalization'] !== undefined) return { ...saved };
  const { arch, dataset, augment } = saved;
  const renamed = models.members().find(({ formerly }) => formerly !== undefined && formerly === arch);
  const earlier = datasets.members().find(({ name }) => name === dataset)?.earlier;
  return {
    ...saved,
    ...(renamed && { arch: renamed.name }),
    ...(earlier?.augment !== undefined && augment === 'auto' && { augment: earlier.augment }),
    normalization: earlier?.normalization ? 'earlier' : 'study',
  };
}
