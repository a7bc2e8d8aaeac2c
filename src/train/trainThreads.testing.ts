/** @file Threads that train without hooks of their own. */
import { threadService } from '../engine/threads/service.ts';
import { trainingMethods } from './trainThreads.ts';

export const plainThreads = threadService(import.meta.url, () => trainingMethods());
