/** @file The table of the exam's families; adding one is one file and one line here. */
import type { ExamFamily } from './family.ts';
import { everyPath } from './everyPath.ts';
import { exactOptima } from './exactOptima.ts';
import { metamorphicNetworks } from './metamorphicNetworks.ts';
import { onnxMutants } from './onnxMutants.ts';
import { onnxOperators } from './onnxOperators.ts';
import { plantedBugs } from './plantedBugs.ts';
import { prunedNetworks } from './prunedNetworks.ts';
import { properties } from './properties.ts';
import { rescaledNetworks } from './rescaledNetworks.ts';
import { spikes } from './spikes.ts';

export const families: readonly ExamFamily[] = [
  plantedBugs,
  onnxOperators,
  onnxMutants,
  rescaledNetworks,
  metamorphicNetworks,
  exactOptima,
  spikes,
  prunedNetworks,
  properties,
  everyPath,
];
