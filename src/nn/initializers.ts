/** @file How a network's weights start: the initialisers of PyTorch's model definitions. */
import { sizeOf } from '../tensor/index.ts';
import type { Initial } from './layers/definition.ts';
import type { Network } from './network.ts';
import type { ParameterSpec } from './parameters.ts';

/** The start of one parameter of a weighted layer; undefined: the layer's own, PyTorch's default. */
export type Initializer = (spec: ParameterSpec) => Initial | undefined;

/** √(2/(out·kh·kw)) for a weight [out, in, kh, kw]. */
const fanOutDeviation = ([out, , ...kernel]: readonly number[]): number =>
  Math.sqrt(2 / (out * sizeOf(kernel)));

/**
 * - `default`: every layer's own, kaiming_uniform with a = √5.
 * - `kaimingNormal`: weights normal with variance 2/fan_in (He et al. 2015, eq. 10), as in the residual networks for
 *   CIFAR.
 * - `fanOutNormal`: convolutions normal with variance 2/fan_out (ibid., eq. 14), as in torchvision's ResNet.
 * - `vgg`: the same, linear layers normal with deviation .01, all biases 0, as in torchvision's VGG.
 */
export const initializers = {
  default: () => undefined,
  kaimingNormal: ({ name, shape }) =>
    name === 'weight' ? { normal: Math.sqrt(2 / sizeOf(shape.slice(1))) } : undefined,
  fanOutNormal: ({ name, shape }) =>
    name === 'weight' && shape.length > 2 ? { normal: fanOutDeviation(shape) } : undefined,
  vgg: ({ name, shape }) =>
    name === 'bias' ? 0 : { normal: shape.length > 2 ? fanOutDeviation(shape) : 0.01 },
} as const satisfies Readonly<Record<NonNullable<Network['initialization']>, Initializer>>;
