/** @file Constraints that tie inputs to one another, as conditions on outputs: the inputs become outputs too. */
import { boundMachine } from '../../bounds/machine.ts';
import type { BackendOptions } from '../../engine/backend/backend.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { sizeOf } from '../../tensor/index.ts';
import { attacker } from '../attackStage.ts';
import type { Tools } from '../tools.ts';
import { prepareNetwork, type PreparedNetwork } from '../prepare.ts';
import type { Replayer } from '../replay.ts';
import type { OutputRow, Specification } from '../specification.ts';
import type { Witness } from '../verdict.ts';

/** The network whose output is the given one's, flat, and behind it its input, flat. */
export function withInputsAsOutputs({ network, numbers }: NumberedNetwork): NumberedNetwork {
  const last = network.layers.at(-1)!.name;
  const named = (name: string): string => {
    const taken = new Set(network.layers.map((layer) => layer.name));
    let free = name;
    while (taken.has(free)) free += '_';
    return free;
  };
  const [outputs, inputs] = [named('outputs-flat'), named('inputs-flat')];
  return {
    network: {
      ...network,
      layers: [
        ...network.layers,
        { kind: 'flatten', name: outputs, inputs: [last] },
        { kind: 'flatten', name: inputs, inputs: ['input'] },
        { kind: 'cat', name: named('outputs-inputs'), inputs: [outputs, inputs], axis: 0 },
      ],
    },
    numbers,
  };
}

const extended = new WeakMap<PreparedNetwork, Promise<Tools>>();

/**
 * The tools for that network. Every method then sees the constraints as rows that an unsafe conjunction must meet
 * besides: attacks aim at them, bounds refute by them, the programs of leaves hold all rows at once.
 */
export function toolsForRelations(tools: Tools, options: BackendOptions = { threads: 1 }): Promise<Tools> {
  const known = extended.get(tools.prepared);
  if (known) return known;
  const made = extend(tools, options);
  extended.set(tools.prepared, made);
  return made;
}

async function extend({ prepared, replayer, checked }: Tools, options: BackendOptions): Promise<Tools> {
  const original = withInputsAsOutputs(prepared.original);
  const { model: bytes, file } = prepared;
  const both = prepareNetwork(original, { bytes, file });
  return {
    prepared: both,
    machine: boundMachine(both.bounded, options),
    attacker: attacker(original, options),
    replayer: withInputs(replayer),
    checked,
  };
}

function withInputs({ outputs, unoptimized }: Replayer): Replayer {
  const both =
    (run: Replayer['outputs']): Replayer['outputs'] =>
    async (input) => {
      const found = await run(input);
      const all = new Float32Array(found.length + input.length);
      all.set(found);
      all.set(input, found.length);
      return all;
    };
  return { outputs: both(outputs), ...(unoptimized && { unoptimized: both(unoptimized) }) };
}

/** The specification about outputs and inputs; its counterexamples are those of the given one. */
export function specificationForRelations(spec: Specification, inputShape: readonly number[]): Specification {
  const { inputRows = [], unsafe } = spec;
  const inputs = sizeOf(inputShape);
  const outputs = unsafe[0][0].coefficients.length;
  const place = ({ coefficients, bound }: OutputRow, at: number): OutputRow => {
    const both = new Float64Array(outputs + inputs);
    both.set(coefficients, at);
    return { coefficients: both, bound };
  };
  const ties = inputRows.map((row) => place(row, outputs));
  return { ...spec, unsafe: unsafe.map((rows) => [...rows.map((row) => place(row, 0)), ...ties]) };
}

/** Witnesses of the tools above tell the outputs alone. */
export const outputsAlone = ({ input, outputs }: Witness): Witness => ({
  input,
  outputs: outputs.slice(0, outputs.length - input.length),
});

/** Constraints loosened by this share of what they can reach, for attacks: points nearby are repaired. */
const loosening = 1e-3;

/** What attacks aim at: the same with constraints that may be missed by a little. */
export function attackedForRelations(spec: Specification, inputShape: readonly number[]): Specification {
  const { lower, upper, inputRows = [] } = spec;
  const loose = inputRows.map(({ coefficients, bound }) => ({
    coefficients,
    bound:
      bound + loosening * coefficients.reduce((sum, c, i) => sum + Math.abs(c) * (upper[i] - lower[i]), 0),
  }));
  return { ...specificationForRelations({ ...spec, inputRows: loose }, inputShape), inputRows };
}
