/** @file The stages that really train, prune and verify. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import type { CompileOptions } from '../../engine/compile.ts';
import type { RunConfig } from '../config/schema.ts';
import type { Stages } from '../stages.ts';
import { checkDevice } from './checkDevice.ts';
import { pruneStage } from './pruneStage.ts';
import { loadRunData, type RunData } from './setting.ts';
import { trainStage } from './trainStage.ts';
import { verifyStage } from './verifyStage.ts';

/** Stages for a configuration; images are read when first needed. */
export async function createStages(config: RunConfig): Promise<Stages> {
  let loaded: RunData | undefined;
  const data = (): RunData => (loaded ??= loadRunData(config));
  const threads = config.threads || availableParallelism();
  const train = trainStage(data, threads, config.plugins);
  return {
    async describe() {
      await checkDevice(config.device as CompileOptions['device'] & string);
      return {
        onnxruntime: onnxruntimeVersion(),
        threads,
        dataset: { name: config.dataset, files: data().files },
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
