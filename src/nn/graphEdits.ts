/** @file Small queries on the graph of a network that its rewriters share. */
import type { Layer, Network } from './network.ts';

/** Layer name (and `input`) → the layers that read it. */
export function readersOf(network: Network): Map<string, Layer[]> {
  const readers = new Map<string, Layer[]>([['input', []]]);
  for (const layer of network.layers) readers.set(layer.name, []);
  for (const layer of network.layers)
    for (const name of new Set(layer.inputs)) readers.get(name)!.push(layer);
  return readers;
}

/** The name of the layer whose result is the network's. */
export const outputName = (network: Network): string => network.layers.at(-1)!.name;
