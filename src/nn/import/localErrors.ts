/** @file How far f32 may take one layer's result: a running error analysis, so that comparisons are strict whatever cancels. */
import { abs, add, constant, maximum, minimum, mul, relu, type Tensor } from '../../tensor/index.ts';
import { ruleOf } from '../layers/table.ts';
import type { Layer } from '../network.ts';
import type { Numbers } from '../parameters.ts';

/** A tensor and how far another f32 computation of it may be from it, element by element. */
export interface Doubtful {
  readonly value: Tensor;
  /** Absent where there is no doubt. */
  readonly error?: Tensor;
}

/** Unit roundoff of f32. */
const unit = 2 ** -24;

/** How far ONNX Runtime's polynomials for sigmoid and tanh may be off. */
const approximation = 1e-6;

/** How many numbers make one of the result. */
function terms(layer: Layer, inputs: readonly Tensor[]): number {
  switch (layer.kind) {
    case 'linear':
      return layer.inFeatures;
    case 'conv2d':
    case 'convTranspose2d':
      return (layer.inChannels / layer.groups) * layer.kernel[0] * layer.kernel[1];
    case 'avgPool2d':
      return layer.kernel[0] * layer.kernel[1];
    case 'globalAvgPool2d':
      return inputs[0].shape.slice(2).reduce((a, b) => a * b, 1);
    case 'sum':
      return layer.axes.reduce((n, axis) => n * inputs[0].shape[axis + 1], 1);
    default:
      return 1;
  }
}

/** Roundings of n terms of one sign and another, in units: √n for chance, a share of n for what is not chance. */
const roundings = (n: number): number => 8 + 4 * Math.sqrt(n) + n / 32;

function run(layer: Layer, inputs: readonly Tensor[], parameter: (name: string) => Tensor): Tensor {
  return ruleOf(layer).forward({ layer, inputs, mode: 'eval', parameter, recordStatistics: () => undefined });
}

/** Parameters of the layer that maps errors to errors: sizes, and of constants only their rounding. */
function errorParameter(
  layer: Layer,
  numbers: Numbers,
  shape: Tensor['shape'],
  name: string,
  by: number,
): Tensor {
  const values = numbers[`${layer.name}.${name}`];
  if (name === 'running_var') return constant(values, shape);
  const factor = name === 'bias' ? by : name === 'running_mean' ? -by : 1;
  return constant(
    Float64Array.from(values, (v) => Math.abs(v) * factor),
    shape,
  );
}

/** The doubt behind a layer that is not linear; undefined for none. */
function bentError(layer: Layer, { value: x, error }: Doubtful, value: Tensor): Tensor | undefined {
  switch (layer.kind) {
    case 'relu':
      // Where the argument is certainly negative there is nothing to doubt.
      return error && minimum(error, relu(add(x, error)));
    case 'leakyRelu': {
      const rounded = mul(abs(value), 2 * unit);
      return error ? add(mul(error, Math.max(1, layer.negativeSlope)), rounded) : rounded;
    }
    case 'sigmoid':
    case 'tanh':
      return add(error ?? mul(x, 0), approximation);
    default:
      return error && maximum(run(layer, [error], noParameter), 0);
  }
}

const bent = new Set<Layer['kind']>(['relu', 'leakyRelu', 'sigmoid', 'tanh', 'maxPool2d']);

const noParameter = (name: string): Tensor => {
  throw new Error(`a layer without parameters asks for ${name}`);
};

/** Layers that only put elements elsewhere: nothing is rounded. */
const moving = new Set<Layer['kind']>([
  'flatten',
  'reshape',
  'permute',
  'slice',
  'cat',
  'pad',
  'gather',
  'dropout',
]);

/** A layer's result and its doubt. */
export function doubtfulResult(layer: Layer, numbers: Numbers, inputs: readonly Doubtful[]): Doubtful {
  const shapes = new Map(
    ruleOf(layer)
      .parameters(layer)
      .map(({ name, shape }) => [name, shape]),
  );
  const values = inputs.map((i) => i.value);
  const value = run(layer, values, (name) => constant(numbers[`${layer.name}.${name}`], shapes.get(name)));
  const with_ = (error: Tensor | undefined): Doubtful => ({ value, ...(error && { error }) });
  if (bent.has(layer.kind)) return with_(bentError(layer, inputs[0], value));
  const moves = moving.has(layer.kind);
  if (moves && inputs.every((x) => x.error === undefined)) return { value };
  const by = moves ? 0 : unit * roundings(terms(layer, values));
  const doubts = inputs.map(({ value: x, error }) => {
    const rounded = mul(abs(x), by);
    return error ? (moves ? error : add(error, rounded)) : rounded;
  });
  const error = run(layer, doubts, (name) => errorParameter(layer, numbers, shapes.get(name)!, name, by));
  return { value, error };
}
