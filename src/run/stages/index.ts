/** @file The stages that really train, prune and verify. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { compile, type CompileOptions } from '../../engine/compile.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { add, float32 } from '../../tensor/index.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import type { RunConfig } from '../config/schema.ts';
import type { Stages } from '../stages.ts';
import { pruneStage } from './pruneStage.ts';
import { loadRunData, type RunData } from './setting.ts';
import { trainStage } from './trainStage.ts';
import { verifyStage } from './verifyStage.ts';

/** Stages for a configuration; images are read when first needed. */
export async function createStages(config: RunConfig): Promise<Stages> {
  let loaded: RunData | undefined;
  const data = (): RunData => (loaded ??= loadRunData(config));
  const threads = config.threads || availableParallelism();
  const methods = maskingSchedules.has(config.pruneMethod) ? maskingSchedules : criteria;
  const train = trainStage(data, threads, config.plugins);
  return {
    async describe() {
      await checkDevice(config.device as CompileOptions['device'] & string);
      return {
        onnxruntime: onnxruntimeVersion(),
        threads,
        dataset: { name: config.dataset, files: data().files },
        words: {
          objective: objectives.named(config.objective).title,
          prune_method: methods.named(config.pruneMethod).title,
        },
      };
    },
    train,
    prune: pruneStage(data, threads),
    verify: verifyStage(data),
    close: train.close,
  };
}

function onnxruntimeVersion(): string {
  const path = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}

/** Runs one addition there. @throws UserError saying what the device lacks */
export async function checkDevice(device: NonNullable<CompileOptions['device']>): Promise<void> {
  if (device === 'cpu') return;
  const addOne = compile(({ x }) => ({ y: add(x, 1) }), { x: float32([1]) }, { device, threads: 1 });
  await addOne.run({ x: Float32Array.of(1) });
}
