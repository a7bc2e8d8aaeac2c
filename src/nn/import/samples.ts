/** @file Where an import is compared with its model: the property's boxes, several magnitudes, and the model's own thresholds. */
import type { Rng } from '../../data/rng.ts';
import type { OnnxModel, OnnxTensor } from '../../formats/onnx/model.ts';
import { tensorNumbers } from '../../formats/onnx/tensor.ts';

/** A box of inputs. */
export interface SampledBox {
  readonly lower: ArrayLike<number>;
  readonly upper: ArrayLike<number>;
}

/** One input, and whether it lies in a box of the property. */
export interface Sample {
  readonly x: Float32Array;
  readonly inBox: boolean;
}

const comparing = new Set(['Clip', 'Max', 'Min', 'Relu', 'PRelu', 'LeakyRelu', 'HardSigmoid', 'Add', 'Sub']);
/** Numbers of one constant, and of the model, that are tried. */
const mostOfOne = 4;
const mostOfAll = 16;

/** Constants that values are compared with, or moved by before they are: where a model's pieces meet. */
export function thresholdsOf({ graph }: OnnxModel): number[] {
  const tensors = new Map<string, OnnxTensor>(graph.initializers.map((t) => [t.name, t]));
  for (const { opType, attributes = {}, outputs } of graph.nodes) {
    const value = attributes['value'];
    if (opType === 'Constant' && value && 'tensor' in value) tensors.set(outputs[0], value.tensor);
  }
  const found = new Set<number>();
  for (const { opType, inputs, attributes = {} } of graph.nodes) {
    if (!comparing.has(opType)) continue;
    for (const name of inputs) {
      const tensor = tensors.get(name);
      if (!tensor?.dtype.startsWith('float')) continue;
      const dims = tensor.dims.reduce((a, b) => a * b, 1);
      const few = dims <= mostOfOne ? [...tensorNumbers(tensor)] : [];
      for (const v of few) found.add(Math.abs(v));
    }
    for (const key of ['min', 'max']) {
      const bound = attributes[key];
      if (bound && 'float' in bound) found.add(Math.abs(bound.float));
    }
  }
  return [...found].filter((v) => v !== 0 && Number.isFinite(Math.fround(v))).slice(0, mostOfAll);
}

/** Sizes of inputs beyond the boxes. */
const magnitudes = [1e-3, 1, 30, 1e3, 1e6];

function within({ lower, upper }: SampledBox, at: (index: number) => number): Float32Array {
  return Float32Array.from(lower, (low, i) => Math.min(Math.max(Math.fround(at(i)), low), upper[i]));
}

/** Points of one box, the most telling first: corners, centre, random ones, and where thresholds cut it. */
function* pointsOf(box: SampledBox, thresholds: readonly number[], rng: Rng): Generator<Float32Array> {
  const { lower, upper } = box;
  const share = (): number => rng.next();
  const between = (i: number, t: number): number => lower[i] * (1 - t) + upper[i] * t;
  yield within(box, (i) => between(i, 0.5));
  yield within(box, (i) => between(i, share()));
  yield within(box, (i) => lower[i]);
  yield within(box, (i) => upper[i]);
  for (;;) {
    yield within(box, (i) => (share() < 0.5 ? lower[i] : upper[i]));
    yield within(box, (i) => between(i, share()));
    const size = magnitudes[Math.floor(share() * magnitudes.length)];
    yield within(box, () => (2 * share() - 1) * size);
    if (thresholds.length === 0) continue;
    const c = thresholds[Math.floor(share() * thresholds.length)];
    yield within(box, () => (share() < 0.5 ? -c : c) * (1 + (share() - 0.5) / 64));
  }
}

/** Beyond this the roundabout ways of the import could overflow where the model does not, and no property asks. */
const farthest = 1e30;

/** Points anywhere: of several magnitudes, and about the thresholds. */
function* pointsAnywhere(size: number, thresholds: readonly number[], rng: Rng): Generator<Float32Array> {
  const all = [...magnitudes, ...thresholds.map((c) => Math.min(2 * c, farthest))];
  for (let k = 0; ; k++) {
    const most = all[k % all.length];
    yield Float32Array.from({ length: size }, () => (2 * rng.next() - 1) * most);
  }
}

/**
 * @param size of the input
 * @param boxes of the property; may be none
 * @param count about how many samples
 */
export function importSamples(
  size: number,
  boxes: readonly SampledBox[],
  thresholds: readonly number[],
  count: number,
  rng: Rng,
): Sample[] {
  const samples: Sample[] = [];
  const chosen =
    boxes.length <= count
      ? boxes
      : Array.from(rng.fork('boxes').permutation(boxes.length).slice(0, count), (i) => boxes[i]);
  const take = (points: Generator<Float32Array>, n: number, inBox: boolean): void => {
    for (let k = 0; k < n; k++) samples.push({ x: points.next().value as Float32Array, inBox });
  };
  const each = chosen.length === 0 ? 0 : Math.max(1, Math.ceil((0.75 * count) / chosen.length));
  chosen.forEach((box, i) => take(pointsOf(box, thresholds, rng.fork(`box/${i}`)), each, true));
  const anywhere = Math.ceil(chosen.length === 0 ? count : count / 4);
  take(pointsAnywhere(size, thresholds, rng.fork('anywhere')), anywhere, false);
  return samples;
}
