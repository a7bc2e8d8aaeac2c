/** @file Saved configurations of runs that began when names and defaults meant other networks and other data. */
import { datasets } from '../../data/datasets.ts';
import type { DatasetSource } from '../../data/source.ts';
import { models } from '../../nn/zoo/models.ts';

const allDatasets: Readonly<Record<string, DatasetSource>> = datasets;

/**
 * The values of a saved configuration, which holds every key, in today's words: one without `normalization` is of the
 * earlier kind, and its run goes on with the network, the normalisation and the augmentation that it began with.
 */
export function inTodaysWords(saved: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (saved['normalization'] !== undefined) return { ...saved };
  const { arch, dataset, augment } = saved;
  const renamed = Object.keys(models).find((name) => arch !== undefined && models[name].formerly === arch);
  const earlier = allDatasets[String(dataset)]?.earlier;
  return {
    ...saved,
    ...(renamed !== undefined && { arch: renamed }),
    ...(earlier?.augment !== undefined && augment === 'auto' && { augment: earlier.augment }),
    normalization: earlier?.normalization ? 'earlier' : 'study',
  };
}
