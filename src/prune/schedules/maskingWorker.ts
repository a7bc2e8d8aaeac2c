/** @file The worker thread that trains with masks that may change. */
import { serveTraining } from '../../train/serveTraining.ts';
import { maskingHooks } from './schedules.ts';

serveTraining(({ plan, data }) => maskingHooks(plan, data));
