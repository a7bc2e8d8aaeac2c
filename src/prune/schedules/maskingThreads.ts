/** @file Threads that train with masks that may change. */
import { threadService } from '../../engine/threads/service.ts';
import { trainingMethods } from '../../train/trainThreads.ts';
import { maskingHooks } from './schedules.ts';

/** They follow a plan's `masking`. */
export const maskingThreads = threadService(import.meta.url, () => trainingMethods(maskingHooks));
