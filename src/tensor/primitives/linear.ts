/** @file Linear primitives: matmul, the three convolutions (closed under differentiation), channelAffine. */
import { stridedOffsets } from '../../formats/ndArray.ts';
import type { ConvGeometry } from '../tensor.ts';
import { broadcastShapes, broadcastStrides, sizeOf, type Shape } from '../shape.ts';
import { misfit, requireType, type PlainValue, type Primitive } from './definition.ts';

/** Output length of a convolution along one axis: ⌊(n + p₀ + p₁ − d(k−1) − 1)/s⌋ + 1. */
export function convLength(
  n: number,
  kernel: number,
  stride: number,
  padding: number,
  dilation: number,
): number {
  return Math.floor((n + padding - dilation * (kernel - 1) - 1) / stride) + 1;
}

function convOutput(x: Shape, kernel: readonly number[], g: ConvGeometry): [number, number] {
  return [
    convLength(x[2], kernel[0], g.stride[0], g.padding[0] + g.padding[2], g.dilation[0]),
    convLength(x[3], kernel[1], g.stride[1], g.padding[1] + g.padding[3], g.dilation[1]),
  ];
}

/** Visits every product of a convolution: indices into x, weight and output. */
function overTaps(
  x: Shape,
  weight: Shape,
  out: Shape,
  g: ConvGeometry,
  visit: (x: number, weight: number, out: number) => void,
): void {
  const [batch, ci, height, width] = x as [number, number, number, number];
  const [co, cig, kh, kw] = weight as [number, number, number, number];
  const [, , oh, ow] = out as [number, number, number, number];
  const perGroup = co / g.groups;
  for (let b = 0; b < batch; b++)
    for (let o = 0; o < co; o++) {
      const firstIn = Math.floor(o / perGroup) * cig;
      for (let c = 0; c < cig; c++)
        for (let i = 0; i < kh; i++)
          for (let j = 0; j < kw; j++) {
            const w = ((o * cig + c) * kh + i) * kw + j;
            for (let r = 0; r < oh; r++) {
              const row = r * g.stride[0] - g.padding[0] + i * g.dilation[0];
              if (row < 0 || row >= height) continue;
              for (let s = 0; s < ow; s++) {
                const column = s * g.stride[1] - g.padding[1] + j * g.dilation[1];
                if (column < 0 || column >= width) continue;
                visit(
                  ((b * ci + firstIn + c) * height + row) * width + column,
                  w,
                  ((b * co + o) * oh + r) * ow + s,
                );
              }
            }
          }
    }
}

function matmulShape(a: Shape, b: Shape): number[] | undefined {
  if (a.length < 2 || b.length < 2 || a[a.length - 1] !== b[b.length - 2]) return undefined;
  const lead = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  return lead && [...lead, a[a.length - 2], b[b.length - 1]];
}

function multiply(a: PlainValue, b: PlainValue, out: Shape): Float64Array {
  const [m, n] = out.slice(-2) as [number, number];
  const k = a.shape[a.shape.length - 1];
  const lead = out.slice(0, -2);
  const [matricesOfA, matricesOfB] = [a, b].map(({ shape }) =>
    stridedOffsets(lead, broadcastStrides(shape.slice(0, -2), lead)),
  );
  const result = new Float64Array(sizeOf(out));
  for (const [batch, ao] of matricesOfA.entries()) {
    const bo = matricesOfB[batch];
    for (let i = 0; i < m; i++)
      for (let p = 0; p < k; p++) {
        const v = a.data[ao * m * k + i * k + p];
        for (let j = 0; j < n; j++) result[(batch * m + i) * n + j] += v * b.data[bo * k * n + p * n + j];
      }
  }
  return result;
}

function requireRank(
  op: string,
  inputs: readonly { shape: Shape; dtype: 'float32' | 'int32' | 'bool' }[],
): void {
  requireType(op, inputs, 'float32');
  if (inputs.slice(0, 2).some((i) => i.shape.length !== 4))
    throw misfit(op, inputs, 'arguments must have four axes');
}

export const linear = {
  matmul: {
    infer(inputs) {
      requireType('matmul', inputs, 'float32');
      const shape = matmulShape(inputs[0].shape, inputs[1].shape);
      if (!shape) throw misfit('matmul', inputs, 'inner dimensions do not match');
      return { shape, dtype: 'float32' };
    },
    evaluate: ([a, b], _, out) => multiply(a, b, out.shape),
  } satisfies Primitive<'matmul'>,
  conv2d: {
    infer(inputs, g) {
      requireRank('conv2d', inputs);
      const [x, weight, bias] = inputs.map((i) => i.shape);
      if (x[1] !== weight[1] * g.groups || weight[0] % g.groups !== 0)
        throw misfit('conv2d', inputs, `input has ${x[1]} channels, weight expects ${weight[1] * g.groups}`);
      if (bias && (bias.length !== 1 || bias[0] !== weight[0]))
        throw misfit('conv2d', inputs, `bias must have shape [${weight[0]}]`);
      const size = convOutput(x, weight.slice(2), g);
      if (size.some((n) => n < 1))
        throw misfit('conv2d', inputs, 'the kernel is larger than the padded input');
      return { shape: [x[0], weight[0], ...size], dtype: 'float32' };
    },
    evaluate([x, weight, bias], g, out) {
      const result = new Float64Array(sizeOf(out.shape));
      overTaps(x.shape, weight.shape, out.shape, g, (i, w, o) => {
        result[o] += x.data[i] * weight.data[w];
      });
      if (bias) {
        const area = out.shape[2] * out.shape[3];
        for (let i = 0; i < result.length; i++) result[i] += bias.data[Math.floor(i / area) % out.shape[1]];
      }
      return result;
    },
  } satisfies Primitive<'conv2d'>,
  convTranspose2d: {
    infer(inputs, a) {
      requireRank('convTranspose2d', inputs);
      const [g, weight] = inputs.map((i) => i.shape);
      const shape = [g[0], weight[1] * a.groups, ...a.size];
      const back = convOutput(shape, weight.slice(2), a);
      if (g[1] !== weight[0] || back[0] !== g[2] || back[1] !== g[3])
        throw misfit(
          'convTranspose2d',
          inputs,
          `no convolution leads from size [${a.size.join(',')}] to the first argument`,
        );
      return { shape, dtype: 'float32' };
    },
    evaluate([g, weight], a, out) {
      const result = new Float64Array(sizeOf(out.shape));
      overTaps(out.shape, weight.shape, g.shape, a, (i, w, o) => {
        result[i] += g.data[o] * weight.data[w];
      });
      return result;
    },
  } satisfies Primitive<'convTranspose2d'>,
  convWeightGrad: {
    infer(inputs, a) {
      requireRank('convWeightGrad', inputs);
      const [x, g] = inputs.map((i) => i.shape);
      const back = convOutput(x, a.kernel, a);
      if (x[0] !== g[0] || back[0] !== g[2] || back[1] !== g[3])
        throw misfit(
          'convWeightGrad',
          inputs,
          `no convolution with kernel [${a.kernel.join(',')}] leads from the first to the second`,
        );
      return { shape: [g[1], x[1] / a.groups, ...a.kernel], dtype: 'float32' };
    },
    evaluate([x, g], a, out) {
      const result = new Float64Array(sizeOf(out.shape));
      overTaps(x.shape, out.shape, g.shape, a, (i, w, o) => {
        result[w] += x.data[i] * g.data[o];
      });
      return result;
    },
  } satisfies Primitive<'convWeightGrad'>,
  channelAffine: {
    infer(inputs) {
      requireType('channelAffine', inputs, 'float32');
      const channels = inputs[0].shape[1];
      if (
        inputs[0].shape.length < 2 ||
        inputs.slice(1).some((i) => i.shape.length !== 1 || i.shape[0] !== channels)
      )
        throw misfit('channelAffine', inputs, 'scale and shift must have one element a channel (axis 1)');
      return inputs[0];
    },
    evaluate([x, scale, shift]) {
      const channels = x.shape[1];
      const area = sizeOf(x.shape.slice(2));
      return x.data.map((v, i) => {
        const c = Math.floor(i / area) % channels;
        return v * scale.data[c] + shift.data[c];
      });
    },
  } satisfies Primitive<'channelAffine'>,
};
