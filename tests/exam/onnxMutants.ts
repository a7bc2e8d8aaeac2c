/** @file Exam: ONNX files with faults of structure, which nobody may read as another network than ONNX Runtime does. */
import { env } from 'onnxruntime-node';
import { judgeMutant } from '../fuzz/onnxMutants.ts';
import type { ExamFamily } from './family.ts';

export const onnxMutants: ExamFamily = {
  name: 'ONNX mutants',
  asks:
    'Fields repeated, dropped, moved, of another wire type, numbers and edges changed: is a mutant that is accepted the ' +
    'network that ONNX Runtime runs, everywhere on [−3, 3]?',
  truth: "ONNX Runtime on the mutant's own bytes.",
  leastRight: { small: 5, full: 100 },
  async sit({ size, signal, answered }) {
    env.logLevel = 'fatal';
    const count = size === 'full' ? 3000 : 100;
    for (let seed = 1000; seed < 1000 + count && !signal.aborted; seed++) answered(await judgeMutant(seed));
  },
};
