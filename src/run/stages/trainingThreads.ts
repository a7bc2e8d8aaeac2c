/** @file The threads that train the states of runs. */
import { threadService } from '../../engine/threads/service.ts';
import { maskingHooks } from '../../prune/schedules/schedules.ts';
import { trainingMethods } from '../../train/trainThreads.ts';
import type { PluginRecord } from '../plugins/plugins.ts';

/** They know the members that the run's plugins give, and follow a plan's `masking`. */
export const trainingThreads = threadService(import.meta.url, async (plugins: readonly PluginRecord[]) => {
  if (plugins.length > 0) (await import('../plugins/plugins.ts')).usePlugins(plugins);
  return trainingMethods(maskingHooks);
});
