/** @file Multiply-accumulates of a network's convolutions and products. */
import type { Conv2dLayer } from '../src/nn/layers/conv2d.ts';
import type { LinearLayer } from '../src/nn/layers/linear.ts';
import type { Network } from '../src/nn/network.ts';
import { layerShapes } from '../src/nn/shapes.ts';

/** Of one image's forward pass: all weighted layers, and the first alone. */
export function layerMultiplyAccumulates(net: Network): { readonly all: number; readonly first: number } {
  const shapes = layerShapes(net);
  const counts = net.layers
    .filter((l): l is Conv2dLayer | LinearLayer => l.kind === 'conv2d' || l.kind === 'linear')
    .map((l) => {
      const [channels, rows = 1, columns = 1] = shapes.get(l.name)!;
      const perOutput =
        l.kind === 'conv2d' ? (l.inChannels / l.groups) * l.kernel[0] * l.kernel[1] : l.inFeatures;
      return channels * rows * columns * perOutput;
    });
  return { all: counts.reduce((a, b) => a + b), first: counts[0] };
}
