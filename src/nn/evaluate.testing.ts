/** @file Test helper: a network's outputs by the f64 interpreter. */
import { float32, interpret, trace } from '../tensor/index.ts';
import { forward } from './forward.ts';
import type { Network, Parameters } from './network.ts';
import { parameterSpecs } from './parameters.ts';

/** Outputs [batch · …] in evaluation mode. */
export function evaluateNetwork(
  network: Network,
  numbers: Parameters<ArrayLike<number>>,
  x: ArrayLike<number>,
  batch = 1,
): Float64Array {
  const specs = parameterSpecs(network);
  const { program } = trace((args) => forward(network, args.params, args.x, { mode: 'eval' }).output, {
    params: Object.fromEntries(specs.map((s) => [s.key, float32(s.shape)])),
    x: float32([batch, ...network.inputShape]),
  });
  return interpret(program, [...specs.map((s) => numbers[s.key]), x])[0];
}
