/** @file The input gradient of a strided convolution by a constant weight, as one convolution that makes all phases. */
import type { Shape } from '../../../tensor/shape.ts';
import type { ConstantData, Tensor } from '../../../tensor/tensor.ts';
import { derivedConstant, emit, ints } from './emitter.ts';
import { padEdges } from './layout.ts';
import type { LoweringSite } from './lowering.ts';

/** Taps of one kernel axis that one phase of the result sees. */
const tapsOf = (k: number, stride: number): number => Math.ceil(k / stride);

/** Positions of all phases along one axis: ⌊(o + p)/s⌋ for every o < size. */
const positionsOf = (size: number, padding: number, stride: number): number =>
  Math.floor((size - 1 + padding) / stride) + 1;

/**
 * Row o of the result sums g[q−t]·w[ρ + s·t] with q = ⌊(o + p)/s⌋, ρ = (o + p) mod s: for each phase ρ a convolution with
 * stride 1. One Conv makes all phases as channels, and a gather puts their elements where they belong.
 */
export function phases({ emitter, inputs, node }: LoweringSite<'convTranspose2d'>): string {
  const { stride, padding, size } = node.attributes;
  const [g, weight] = node.inputs as [Tensor, Tensor<'constant'>];
  const [co, ci, kh, kw] = weight.shape as [number, number, number, number];
  const [batch] = g.shape as [number];
  const taps = [tapsOf(kh, stride[0]), tapsOf(kw, stride[1])] as const;
  const { data } = weight.attributes;
  const kernel = derivedConstant(
    emitter,
    data,
    `phases ${weight.shape.join()} ${stride.join()}`,
    [stride[0] * stride[1] * ci, co, ...taps],
    'float32',
    () => phaseKernels(data, weight.shape, stride),
  );
  const positions = [0, 1].map((i) => positionsOf(size[i], padding[i], stride[i])) as [number, number];
  const after = [0, 1].map((i) => positions[i] - g.shape[i + 2]);
  const cropped = padEdges(emitter, inputs[0], [0, 0, 0, 0], [0, 0, ...after.map((n) => Math.min(n, 0))]);
  const made = emit(emitter, 'Conv', [cropped, kernel], {
    pads: [taps[0] - 1, taps[1] - 1, ...after.map((n) => Math.max(n, 0))],
  });
  const wanted = [1, ci * size[0] * size[1]];
  const geometry = `${size.join()} ${padding.join()} ${stride.join()} ${positions.join()}`;
  const places = derivedConstant(emitter, data, `places ${geometry}`, wanted, 'int32', () =>
    phasePlaces(ci, size, padding, stride, positions),
  );
  const flat = emit(emitter, 'Reshape', [made, ints(emitter, [batch, -1])]);
  const everyRow = emit(emitter, 'Expand', [places, ints(emitter, [batch, wanted[1]])]);
  const gathered = emit(emitter, 'GatherElements', [flat, everyRow], { axis: 1 });
  return emit(emitter, 'Reshape', [gathered, ints(emitter, [batch, ci, ...size])]);
}

/** weight [co,ci,kh,kw] → [ci·sh·sw, co, ⌈kh/sh⌉, ⌈kw/sw⌉]: the taps of each phase in reverse. */
function phaseKernels(
  data: ConstantData,
  [co, ci, kh, kw]: Shape,
  [sh, sw]: readonly [number, number],
): Float32Array {
  const [th, tw] = [tapsOf(kh, sh), tapsOf(kw, sw)];
  const out = new Float32Array(ci * sh * sw * co * th * tw);
  let at = 0;
  for (let c = 0; c < ci; c++)
    for (let phase = 0; phase < sh * sw; phase++)
      for (let o = 0; o < co; o++)
        for (let i = th - 1; i >= 0; i--)
          for (let j = tw - 1; j >= 0; j--, at++) {
            const y = Math.floor(phase / sw) + sh * i;
            const x = (phase % sw) + sw * j;
            if (y < kh && x < kw) out[at] = data[((o * ci + c) * kh + y) * kw + x]!;
          }
  return out;
}

/** For every element [ci, height, width] of the result its place among the phases [ci, sh, sw, qh, qw]. */
function phasePlaces(
  ci: number,
  [height, width]: readonly [number, number],
  padding: readonly number[],
  [sh, sw]: readonly [number, number],
  [qh, qw]: readonly [number, number],
): Int32Array {
  const out = new Int32Array(ci * height * width);
  let at = 0;
  for (let c = 0; c < ci; c++)
    for (let o = 0; o < height; o++)
      for (let p = 0; p < width; p++, at++) {
        const [y, x] = [o + padding[0], p + padding[1]];
        const phase = (c * sh + (y % sh)) * sw + (x % sw);
        out[at] = (phase * qh + Math.floor(y / sh)) * qw + Math.floor(x / sw);
      }
  return out;
}
