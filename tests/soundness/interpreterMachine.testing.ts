/** @file A bound machine without ONNX Runtime: the same traced programs in the f64 interpreter. */
import type { BoundNetwork } from '../../src/bounds/boundNetwork.ts';
import { boundMachine, type BoundMachine } from '../../src/bounds/machine.ts';
import type { Backend } from '../../src/engine/backend/backend.ts';
import { interpreter } from '../../src/engine/backend/interpreter.ts';
import { interpret } from '../../src/tensor/index.ts';

/** Results stay f64. */
const exactInterpreter: Backend = {
  prepare: (program) => ({
    async run(feeds) {
      const found = interpret(
        program,
        feeds.map(({ data }) => data),
      );
      return program.outputs.map(({ shape, dtype }, i) => ({ shape, dtype, data: found[i] as never }));
    },
    release: () => Promise.resolve(),
  }),
};

/** Results are computed in f64 and, as feeds are f32, rounded at the end; `exact` leaves them f64. */
export const interpreterMachine = (net: BoundNetwork, exact = false): BoundMachine =>
  boundMachine(net, { backend: exact ? exactInterpreter : interpreter });
