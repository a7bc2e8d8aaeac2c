/** @file Workers that train with masks that may change. */
import { workerEntry } from '../../engine/workerEntry.ts';
import { createTrainPool, type TrainPool } from '../../train/trainTasks.ts';

/** As `createTrainPool`; its workers follow a plan's `masking`. */
export const createMaskingPool = (size = 1): TrainPool =>
  createTrainPool(size, workerEntry(import.meta.url, './maskingWorker.ts'));
