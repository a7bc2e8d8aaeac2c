/** @file The plain interpreter as a backend: slow, without ONNX Runtime, each number computed in f64. */
import { interpret } from '../../tensor/interpret.ts';
import { allocate } from '../hostTensor.ts';
import type { Backend } from './backend.ts';

export const interpreter: Backend = {
  prepare: (program) => ({
    async run(feeds, into = []) {
      const found = interpret(
        program,
        feeds.map(({ data }) => data),
      );
      return program.outputs.map((output, i) => {
        const value = into[i] ?? allocate(output);
        value.data.set(found[i]);
        return value;
      });
    },
    release: () => Promise.resolve(),
  }),
};
