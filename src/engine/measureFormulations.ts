/** @file Chooses formulations by a quick measurement; the record is kept with a run and passed to `compile`. */
import { performance } from 'node:perf_hooks';
import { apply, input } from '../tensor/apply.ts';
import { isFunction, type FunctionName } from '../tensor/primitives/table.ts';
import { programNodes, type Program } from '../tensor/program.ts';
import { createTensor, isOp, type Tensor } from '../tensor/tensor.ts';
import { verifyBlockedLayout } from './blockedLayout.ts';
import { allocate } from './hostTensor.ts';
import { blockSize } from './lower/blocked.ts';
import {
  formulations,
  formulationKey,
  type ChosenPrimitive,
  type FormulationRecord,
} from './lower/formulations.ts';
import { lowerProgram } from './lower/lowerProgram.ts';
import { closeModel, identifyModel, runModel, type SessionOptions } from './session.ts';

export interface MeasureOptions extends SessionOptions {
  /** Runs of each formulation after one to warm up; the fastest counts. Default 3. */
  readonly repeats?: number;
  /** Names already chosen, which are kept. */
  readonly known?: FormulationRecord;
}

/** Convolutions and their gradients in a program, loop bodies included, one for each set of shapes. */
function sites(program: Program, found = new Map<string, Tensor>()): Map<string, Tensor> {
  for (const node of programNodes(program)) {
    if (isOp(node, 'loop')) sites(node.attributes.body, found);
    else if (node.op in formulations) {
      const op = node.op as ChosenPrimitive;
      found.set(
        formulationKey(op, [node.inputs[0].shape, node.inputs[1].shape], node.attributes as never),
        node,
      );
    }
  }
  return found;
}

/** The node alone: constants stay constants, everything else is fed. */
function alone(node: Tensor): Program {
  const inputs = node.inputs.map((x, i) => (x.op === 'constant' ? x : input(`argument${i}`, x)));
  const output = isFunction(node.op)
    ? apply(node.op, inputs, node.attributes as never as Tensor<FunctionName>['attributes'])
    : createTensor(node.op, inputs, node.attributes, node);
  return { inputs: inputs.filter((x) => isOp(x, 'input')), outputs: [output], outputNames: ['result'] };
}

/** Fastest run in milliseconds. */
async function timeOf(
  bytes: Uint8Array,
  names: readonly string[],
  program: Program,
  options: MeasureOptions,
): Promise<number> {
  const model = identifyModel(bytes);
  const feeds = Object.fromEntries(
    program.inputs.map((x, i) => {
      const value = allocate(x);
      for (let k = 0; k < value.data.length; k++) value.data[k] = (k % 7) / 8;
      return [names[i], value];
    }),
  );
  const into = await runModel(model, options, feeds);
  let best = Infinity;
  for (let i = 0; i < (options.repeats ?? 3); i++) {
    const start = performance.now();
    await runModel(model, options, feeds, into);
    best = Math.min(best, performance.now() - start);
  }
  await closeModel(model, options);
  return best;
}

/**
 * Runs every formulation of every convolution (gradient) of a program a few times, each by itself.
 * Two measurements may choose differently: keep the record where results must repeat bit for bit.
 */
export async function measureFormulations(
  program: Program,
  options: MeasureOptions = {},
): Promise<FormulationRecord> {
  const onCpu = (options.device ?? 'cpu') === 'cpu';
  const block = onCpu && (await verifyBlockedLayout()) ? blockSize() : 0;
  const record: Record<string, string> = { ...options.known };
  for (const [key, node] of sites(program)) {
    if (key in record) continue;
    const single = alone(node);
    let best = Infinity;
    for (const choice of formulations[node.op as ChosenPrimitive]) {
      const lowered = lowerProgram(single, { formulations: { [key]: choice }, blockSize: block });
      if (lowered.formulations[key] !== choice) continue;
      const time = await timeOf(lowered.bytes, lowered.inputNames, single, options);
      if (time >= best) continue;
      best = time;
      record[key] = choice;
    }
  }
  return record;
}
