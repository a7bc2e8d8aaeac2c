/** @file The keys of PyTorch's state dict for a network that knows its modules there. */
import type { Network } from './network.ts';
import { parameterSpecs, type ParameterSpec } from './parameters.ts';

/** A parameter or buffer with its key in PyTorch's state dict. */
export interface TorchKey extends ParameterSpec {
  readonly torchKey: string;
}

/** In the order of the state dict, without `num_batches_tracked`; empty where a layer knows no module. */
export function torchKeys(network: Network): TorchKey[] {
  const { modules = {} } = network;
  const specs = parameterSpecs(network);
  if (specs.some(({ layer }) => !Object.hasOwn(modules, layer))) return [];
  return specs.map((spec) => ({ ...spec, torchKey: `${modules[spec.layer]}.${spec.name}` }));
}
