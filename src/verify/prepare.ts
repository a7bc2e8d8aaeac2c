/** @file A network made ready for verification: simplified for bounding, and as it was for replay. */
import { boundNetwork, type BoundNetwork } from '../bounds/boundNetwork.ts';
import { boxOf, type Box } from '../bounds/box.ts';
import { encodeModel } from '../formats/onnx/encode.ts';
import { dropDeadChannels } from '../nn/dropDeadChannels.ts';
import { foldBatchNorm, type NumberedNetwork } from '../nn/foldBatchNorm.ts';
import type { Network } from '../nn/network.ts';
import { parameterSpecs, type Numbers } from '../nn/parameters.ts';
import { toOnnx } from '../nn/toOnnx.ts';
import { sizeOf } from '../tensor/index.ts';

/** Per-element map from original inputs to those of the bounded network: x·scale + shift. */
export interface InputMap {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

export interface PreparedNetwork {
  /** As given, normalisation and batch norm included. */
  readonly original: NumberedNetwork;
  /** The original as ONNX bytes, run by plain ONNX Runtime to confirm counterexamples. */
  readonly model: Uint8Array;
  /** Normalisation moved into the box, batch norm folded, dead channels dropped. */
  readonly bounded: BoundNetwork;
  readonly inputMap: InputMap;
}

/** @param model ONNX bytes of the original where they exist already (an imported file) */
export function prepareNetwork(original: NumberedNetwork, model?: Uint8Array): PreparedNetwork {
  const { network, inputMap } = takeOffNormalization(original.network);
  const small = dropDeadChannels(foldBatchNorm({ network, numbers: original.numbers }));
  return {
    original,
    model: model ?? encodeModel(toOnnx(original.network, original.numbers, { batch: 1 })),
    bounded: boundNetwork(small.network, inSinglePrecision(small)),
    inputMap,
  };
}

/** The network without a leading `normalize` layer, and the layer as a map of inputs. */
function takeOffNormalization(network: Network): { network: Network; inputMap: InputMap } {
  const size = sizeOf(network.inputShape);
  const [first, ...rest] = network.layers;
  const alone = network.layers.filter((l) => l.inputs.includes('input')).length === 1;
  if (first?.kind !== 'normalize' || !alone)
    return { network, inputMap: { scale: new Float64Array(size).fill(1), shift: new Float64Array(size) } };
  const area = size / first.mean.length;
  const channel = (i: number): number => Math.floor(i / area);
  return {
    network: {
      ...network,
      layers: rest.map((l) => ({
        ...l,
        inputs: l.inputs.map((name) => (name === first.name ? 'input' : name)),
      })),
    },
    inputMap: {
      scale: Float64Array.from({ length: size }, (_, i) => 1 / first.std[channel(i)]!),
      shift: Float64Array.from({ length: size }, (_, i) => -first.mean[channel(i)]! / first.std[channel(i)]!),
    },
  };
}

/** f32 numbers; their rounding (u a weight) is within the elementwise terms of the rounding rule. */
function inSinglePrecision({ network, numbers }: NumberedNetwork): Numbers {
  return Object.fromEntries(
    parameterSpecs(network).map(({ key }) => [key, Float32Array.from(numbers[key]!)]),
  );
}

/** The box in the bounded network's inputs; scales are positive. */
export function mapBox({ scale, shift }: InputMap, lower: Float64Array, upper: Float64Array): Box {
  return boxOf(
    lower.map((v, i) => v * scale[i]! + shift[i]!),
    upper.map((v, i) => v * scale[i]! + shift[i]!),
  );
}

/** A point of the bounded network's input in original units, inside [lower, upper], every value rounded inward to f32. */
export function originalPoint(
  { scale, shift }: InputMap,
  point: ArrayLike<number>,
  lower: Float64Array,
  upper: Float64Array,
): Float32Array {
  return Float32Array.from(lower, (low, i) => roundInto((point[i]! - shift[i]!) / scale[i]!, low, upper[i]!));
}

/** The f32 number in [low, high] nearest to x; where the interval holds none, the nearest to its middle. */
export function roundInto(x: number, low: number, high: number): number {
  const value = Math.fround(Math.min(Math.max(x, low), high));
  if (value >= low && value <= high) return value;
  const step = Math.max(Math.abs(value) * 2 ** -23, 2 ** -149);
  return Math.fround(value < low ? value + step : value - step);
}
