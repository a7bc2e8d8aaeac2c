/** @file A network made ready for verification: simplified for bounding, and as it was for replay. */
import { boundNetwork, type BoundNetwork } from '../bounds/boundNetwork.ts';
import { ballNorm } from '../bounds/ball.ts';
import { ballIn, boxOf, type Box, type HostBall } from '../bounds/box.ts';
import { roundUp } from '../bounds/roundUp.ts';
import { encodeModel } from '../formats/onnx/encode.ts';
import { dropDeadChannels } from '../nn/dropDeadChannels.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { parameterSpecs, type Numbers } from '../nn/parameters.ts';
import { reachKey, roundingsKey } from '../nn/reach.ts';
import { decomposeToRelu } from '../nn/simplify/decomposeToRelu.ts';
import { simplifyNetwork, splitNormalization } from '../nn/simplifyNetwork.ts';
import { toOnnx } from '../nn/toOnnx.ts';
import { roundInto } from './singleSides.ts';
import type { Specification } from './specification.ts';

/** Per-element map from original inputs to those of the bounded network: x·scale + shift. */
export interface InputMap {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** Sums of absolute values of the terms in `shift`, and roundings of one element: what f32 makes of the map. */
  readonly reach: Float64Array;
  readonly roundings: number;
}

export interface PreparedNetwork {
  /** As given, normalisation and batch norm included. */
  readonly original: NumberedNetwork;
  /** The original as ONNX bytes, run by plain ONNX Runtime to confirm counterexamples. */
  readonly model: Uint8Array;
  /** The ONNX file that certificates speak of: as it was given, or `model`. */
  readonly file: Uint8Array;
  /** Its name, where it is a file's. */
  readonly fileName?: string;
  /** Normalisation moved into the box, linear stretches merged, dead channels dropped. */
  readonly bounded: BoundNetwork;
  readonly inputMap: InputMap;
}

/** @param imported ONNX bytes of the original where they exist already, and the file that they were made from */
export function prepareNetwork(
  original: NumberedNetwork,
  imported?: { readonly bytes: Uint8Array; readonly file: Uint8Array },
  fileName?: string,
): PreparedNetwork {
  const { scale, shift, reach, roundings, ...rest } = splitNormalization(original);
  const small = dropDeadChannels(simplifyNetwork(decomposeToRelu(rest)));
  const model = imported?.bytes ?? encodeModel(toOnnx(original.network, original.numbers, { batch: 1 }));
  return {
    original,
    model,
    file: imported?.file ?? model,
    ...(fileName !== undefined && { fileName }),
    bounded: boundNetwork(small.network, inSinglePrecision(small)),
    inputMap: { scale, shift, reach, roundings },
  };
}

/** f32 numbers; their rounding (u a weight) is within the elementwise terms of the rounding rule. */
export function inSinglePrecision({ network, numbers }: NumberedNetwork): Numbers {
  const single = parameterSpecs(network).map(({ key }) => [key, Float32Array.from(numbers[key])] as const);
  const merged = network.layers.flatMap(({ name }) =>
    [reachKey(name, 'weight'), reachKey(name, 'bias'), roundingsKey(name)]
      .filter((key) => key in numbers)
      .map((key) => [key, Float32Array.from(numbers[key], roundUp)] as const),
  );
  return Object.fromEntries([...single, ...merged]);
}

/** What f32 may make of each mapped input, beside the exact map: its own roundings, and those of f64 here. */
function mapSlack(
  { scale, reach, roundings }: InputMap,
  lower: Float64Array,
  upper: Float64Array,
): Float64Array {
  return scale.map((s, i) =>
    roundings === 0
      ? 0
      : (roundings + 1) * 2 ** -23 * (s * Math.max(Math.abs(lower[i]), Math.abs(upper[i])) + reach[i]) +
        roundings * 2 ** -126,
  );
}

/** Ends of the box in the bounded network's inputs, with room for what f32 makes of them; scales are positive. */
export function mapEnds(
  map: InputMap,
  { lower, upper }: Pick<Specification, 'lower' | 'upper'>,
): { readonly lower: Float64Array; readonly upper: Float64Array; readonly slack: Float64Array } {
  const { scale, shift } = map;
  const slack = mapSlack(map, lower, upper);
  return {
    lower: lower.map((v, i) => v * scale[i] + shift[i] - slack[i]),
    upper: upper.map((v, i) => v * scale[i] + shift[i] + slack[i]),
    slack,
  };
}

/** A point of the specification's inputs in those of the bounded network. */
export const mapPoint = ({ scale, shift }: InputMap, x: Float64Array): Float64Array =>
  x.map((v, i) => v * scale[i] + shift[i]);

/** A specification's inputs in the bounded network's: the box, with its ball. */
export function mapInputs(map: InputMap, spec: Pick<Specification, 'lower' | 'upper' | 'ball'>): Box {
  const { lower, upper, slack } = mapEnds(map, spec);
  const { ball } = spec;
  if (!ball) return boxOf(lower, upper);
  const center = mapPoint(map, ball.center);
  const radius = ball.radius.map((r, i) => r * map.scale[i]);
  // {r∘u + e : ‖u‖ ≤ 1, |e| ≤ slack} lies in the ball of radii r·(1 + ‖slack/r‖).
  const widening = 1 + ballNorm(ball.norm, slack, new Float64Array(slack.length), radius) * (1 + 2 ** -30);
  return ballIn({ norm: ball.norm, center, radius: radius.map((r) => r * widening) }, lower, upper);
}

/** A point of the bounded network's input in original units, inside [lower, upper], every value rounded inward to f32. */
export function originalPoint(
  { scale, shift }: Pick<InputMap, 'scale' | 'shift'>,
  point: ArrayLike<number>,
  lower: Float64Array,
  upper: Float64Array,
): Float32Array {
  return Float32Array.from(lower, (low, i) => roundInto((point[i] - shift[i]) / scale[i], low, upper[i]));
}

/** Halvings of what is left of the way from the ball's centre: f32 has no more digits. */
const shrinkings = 24;

/**
 * A point of the box moved straight towards the ball's centre, every value rounded to f32 within the box, until it lies
 * in the ball (f64 norm). Moves towards the centre stay in the box: the centre lies in it.
 */
export function intoBall(
  { norm, center, radius }: HostBall,
  point: Float32Array,
  lower: Float64Array,
  upper: Float64Array,
): Float32Array {
  const distance = ballNorm(norm, point, center, radius);
  let moved = point;
  for (let k = 0; k <= shrinkings && ballNorm(norm, moved, center, radius) > 1; k++) {
    const share = (1 - (k === 0 ? 0 : 2 ** (k - 1 - shrinkings))) / distance;
    moved = point.map((v, i) => roundInto(center[i] + (v - center[i]) * share, lower[i], upper[i]));
  }
  return moved;
}
