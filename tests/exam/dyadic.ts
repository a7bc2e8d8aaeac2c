/** @file Exact arithmetic on binary fractions, and networks of linear layers and ReLUs evaluated in it. */
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';

/** mantissa·2^exponent. */
export interface Dyadic {
  readonly mantissa: bigint;
  readonly exponent: number;
}

const view = new DataView(new ArrayBuffer(8));

/** A finite f64 number, exactly. */
export function dyadic(x: number): Dyadic {
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const raw = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = raw === 0 ? fraction : fraction | 0x10000000000000n;
  return { mantissa: x < 0 ? -mantissa : mantissa, exponent: Math.max(raw, 1) - 1075 };
}

const zero: Dyadic = { mantissa: 0n, exponent: 0 };

const times = (a: Dyadic, b: Dyadic): Dyadic => ({
  mantissa: a.mantissa * b.mantissa,
  exponent: a.exponent + b.exponent,
});

function plus(a: Dyadic, b: Dyadic): Dyadic {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const lifted = (d: Dyadic): bigint => d.mantissa << BigInt(d.exponent - exponent);
  return { mantissa: lifted(a) + lifted(b), exponent };
}

/** Whether a ≤ b. */
export const atMost = (a: Dyadic, b: Dyadic): boolean =>
  plus(b, { ...a, mantissa: -a.mantissa }).mantissa >= 0n;

/** Σ coefficients·values, exactly. */
export const dot = (coefficients: ArrayLike<number>, values: readonly Dyadic[]): Dyadic =>
  values.reduce(
    (sum, v, i) => (coefficients[i] === 0 ? sum : plus(sum, times(dyadic(coefficients[i]), v))),
    zero,
  );

/** The f64 number next to it from above, nearly: within some units of the last place. */
export function numberAbove({ mantissa, exponent }: Dyadic): number {
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString(2).length;
  const drop = Math.max(0, digits - 52);
  const kept = Number(mantissa >> BigInt(drop));
  return drop === 0 ? kept * 2 ** exponent : (kept + 1) * 2 ** (exponent + drop);
}

/**
 * Outputs in exact arithmetic: 1x1 convolutions of one channel, batch norms of variance 1.
 * @throws Error at layers that are not understood, or averages of other than 2ᵏ elements
 */
export function evaluateExactly({ network, numbers }: NumberedNetwork, input: ArrayLike<number>): Dyadic[] {
  const values = new Map<string, Dyadic[]>([['input', Array.from(input, dyadic)]]);
  const biases = (name: string): ((i: number) => Dyadic) => {
    const bias = numbers[`${name}.bias`];
    return (i) => (bias ? dyadic(bias[i % bias.length]) : zero);
  };
  for (const layer of network.layers) {
    const [x] = layer.inputs.map((name) => values.get(name)!);
    const weight = numbers[`${layer.name}.weight`];
    const bias = biases(layer.name);
    if (layer.kind === 'linear') {
      const n = layer.inFeatures;
      values.set(
        layer.name,
        Array.from({ length: layer.outFeatures }, (_, o) =>
          plus(dot(weight.subarray(o * n, (o + 1) * n), x), bias(o)),
        ),
      );
    } else if (layer.kind === 'affine')
      values.set(
        layer.name,
        x.map((v, i) => plus(weight ? times(v, dyadic(weight[i % weight.length])) : v, bias(i))),
      );
    else if (layer.kind === 'conv2d')
      values.set(
        layer.name,
        x.map((v) => times(v, dyadic(weight[0]))),
      );
    else if (layer.kind === 'batchNorm1d') {
      const mean = numbers[`${layer.name}.running_mean`];
      values.set(
        layer.name,
        x.map((v, i) => plus(times(plus(v, dyadic(-mean[i])), dyadic(weight[i])), bias(i))),
      );
    } else if (layer.kind === 'relu')
      values.set(
        layer.name,
        x.map((v) => (v.mantissa < 0n ? zero : v)),
      );
    else if (layer.kind === 'flatten') values.set(layer.name, x);
    else if (layer.kind === 'globalAvgPool2d') {
      const power = Math.log2(x.length);
      if (!Number.isInteger(power)) throw new Error(`an average of ${x.length} elements`);
      const total = x.reduce(plus, zero);
      values.set(layer.name, [{ ...total, exponent: total.exponent - power }]);
    } else throw new Error(`no exact arithmetic for a ${layer.kind} layer`);
  }
  return values.get(network.layers.at(-1)!.name)!;
}
