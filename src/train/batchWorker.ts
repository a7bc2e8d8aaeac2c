/** @file The worker thread that makes batches ahead of the steps. */
import { workerData } from 'node:worker_threads';
import { serveTasks } from '../engine/serveTasks.ts';
import { batchMaker, handedOver, type BatchPlan, type StepInputs, type StepRequest } from './batchSource.ts';

const make = batchMaker(workerData as BatchPlan);

serveTasks<StepRequest, StepInputs>((request, { transfer }) => {
  const { inputs, memory } = handedOver(make(request));
  transfer(...memory);
  return inputs;
});
