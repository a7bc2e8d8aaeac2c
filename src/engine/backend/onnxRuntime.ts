/** @file ONNX Runtime as a backend: a program becomes an ONNX model, and a session runs it. */
import type { HostTensor } from '../hostTensor.ts';
import type { Backend } from './backend.ts';
import { verifyBlockedLayout } from './blockedLayout.ts';
import { blockSize } from './lower/blocked.ts';
import { lowerProgram, type LoweredProgram } from './lower/lowerProgram.ts';
import {
  closeModel,
  rebuildableModel,
  runModel,
  type IdentifiedModel,
  type NamedTensors,
} from './session.ts';

/** A lowered program without its bytes, which the session holds. */
type Lowered = Omit<LoweredProgram, 'bytes'> & { readonly model: IdentifiedModel };

const named = (names: readonly string[], values: readonly (HostTensor | undefined)[]): NamedTensors =>
  Object.fromEntries(values.flatMap((value, i) => (value === undefined ? [] : [[names[i], value]])));

export const onnxRuntime: Backend = {
  prepare(program, options) {
    const onCpu = (options.device ?? 'cpu') === 'cpu';
    const lower = (): LoweredProgram => lowerProgram(program, onCpu ? blockSize() : 0);
    let lowered: Lowered | undefined;
    const getLowered = (): Lowered => {
      if (lowered === undefined) {
        const { bytes, ...rest } = lower();
        lowered = { ...rest, model: rebuildableModel(bytes, () => lower().bytes) };
      }
      return lowered;
    };
    return {
      async run(feeds, into = []) {
        if (getLowered().usesBlocked && !(await verifyBlockedLayout())) lowered = undefined;
        const { model, inputNames, outputNames } = getLowered();
        const made = await runModel(model, options, named(inputNames, feeds), named(outputNames, into));
        return outputNames.map((name) => made[name]);
      },
      async release() {
        if (lowered !== undefined) await closeModel(lowered.model, options);
      },
    };
  },
};
