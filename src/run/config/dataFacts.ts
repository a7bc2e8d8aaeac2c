/** @file What network and plan must know of a run's data, whose ever it is. */
import { noAugmentation, type Augmentation } from '../../data/augment.ts';
import { findDataset } from '../../data/datasets.ts';
import type { InputDomain } from '../../data/domain.ts';
import type { Normalization } from '../../data/normalization.ts';
import { ownOptionsIn } from '../../data/own/options.ts';
import { openOwn, type OwnData } from '../../data/own/ownData.ts';
import type { RunConfig } from './schema.ts';

/** What network and plan must know of a run's data. */
export interface DataFacts {
  readonly shape: readonly number[];
  readonly classes: number;
  readonly trainCount: number;
  readonly testCount: number;
  /** Of a validation part that the files state. */
  readonly validationCount?: number | undefined;
  readonly normalization: Normalization;
  readonly augmentation: Augmentation;
  readonly earlier?: { normalization?: Normalization } | undefined;
  /** Absent: raw pixels 0..1. */
  readonly domain?: InputDomain | undefined;
}

/** @throws UserError where there is no data set of the name */
export function dataFacts({
  dataset,
  dataRecord: record,
}: Pick<RunConfig, 'dataset' | 'dataRecord'>): DataFacts {
  if (!record) return findDataset(dataset);
  const { shape, classNames, trainCount, testCount, validationCount, mean, std, lower, upper, radii } =
    record;
  return {
    shape,
    classes: classNames.length,
    trainCount,
    testCount,
    validationCount,
    normalization: { mean: [...mean], std: [...std] },
    augmentation: noAugmentation,
    domain: radii && { lower, upper, radii },
  };
}

/** The data of a run that is the user's own. @throws UserError as `openOwn` */
export const openRunData = (config: RunConfig): OwnData =>
  openOwn(config.dataset, ownOptionsIn({ ...config }));
