/** @file Relu, LeakyRelu, PRelu, Sigmoid, Tanh, Clip, Abs, HardSigmoid. */
import { UserError } from '../../../formats/userError.ts';
import { abs, relu as reluOf, sigmoid, sub, tanh, type Tensor } from '../../../tensor/index.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import type { ImportSite, OnnxImporter } from '../site.ts';
import { fold, type LayerValue } from '../value.ts';
import { addBranches, affine, relu, scalarAffine } from './elementwise.ts';

/** A layer kind without parameters; constants are folded. */
const plain =
  (kind: 'relu' | 'sigmoid' | 'tanh', f: (x: Tensor) => Tensor): OnnxImporter =>
  (site) => {
    const x = site.value(0);
    return x.kind === 'constant' ? fold(f, x) : site.add({ kind }, [x], x.shape);
  };

/** Beyond this a bound of Clip is none: exporters write the largest float for "no bound". */
const unbounded = 1e30;

/**
 * min(max(x, low), high) as ReLUs: low + relu(x − low), then high − relu(high − y).
 * Splitting ReLUs makes the search complete where a clip of its own would not be.
 */
export function clip(builder: NetworkBuilder, x: LayerValue, low: number, high: number): LayerValue {
  const floor = low > -unbounded;
  const ceiling = high < unbounded;
  if (floor && ceiling && low > high) throw new UserError(`its bounds are [${low}, ${high}].`);
  if (!ceiling)
    return floor ? scalarAffine(builder, relu(builder, scalarAffine(builder, x, 1, -low)), 1, low) : x;
  const below = floor
    ? scalarAffine(builder, relu(builder, scalarAffine(builder, x, 1, -low)), -1, high - low)
    : scalarAffine(builder, x, -1, high);
  return scalarAffine(builder, relu(builder, below), -1, high);
}

function bound(site: ImportSite, name: 'min' | 'max', index: number, otherwise: number): number {
  if (site.opset < 11) return site.float(name, otherwise);
  const given = site.constant(index, name);
  return given?.data[0] ?? otherwise;
}

/** slope·x + (1 − slope)·relu(x), for any slope. */
function leaky(builder: NetworkBuilder, x: LayerValue, slope: number): LayerValue {
  if (slope >= 0 && slope <= 1) return builder.add({ kind: 'leakyRelu', negativeSlope: slope }, [x], x.shape);
  const kinked = scalarAffine(builder, relu(builder, x), 1 - slope, 0);
  return addBranches(builder, scalarAffine(builder, x, slope, 0), kinked);
}

export const activation: Readonly<Record<string, OnnxImporter>> = {
  Relu: plain('relu', reluOf),
  Sigmoid: plain('sigmoid', sigmoid),
  Tanh: plain('tanh', tanh),
  LeakyRelu: (site) => leaky(site.builder, site.layer(0), site.float('alpha', 0.01)),
  PRelu(site) {
    const x = site.layer(0);
    const slope = site.requiredConstant(1, 'slope');
    const { builder } = site;
    const kinked = affine(builder, relu(builder, x), { weight: fold((s) => sub(1, s), slope) });
    return addBranches(builder, affine(builder, x, { weight: slope }), kinked);
  },
  Clip(site) {
    const x = site.value(0);
    const low = bound(site, 'min', 1, -Infinity);
    const high = bound(site, 'max', 2, Infinity);
    if (x.kind === 'constant') return { ...x, data: x.data.map((v) => Math.min(Math.max(v, low), high)) };
    return clip(site.builder, x, low, high);
  },
  HardSigmoid(site) {
    const { builder } = site;
    const moved = scalarAffine(builder, site.layer(0), site.float('alpha', 0.2), site.float('beta', 0.5));
    return clip(builder, moved, 0, 1);
  },
  /** |x| = 2·relu(x) − x */
  Abs(site) {
    const x = site.value(0);
    if (x.kind === 'constant') return fold(abs, x);
    const { builder } = site;
    return addBranches(
      builder,
      scalarAffine(builder, relu(builder, x), 2, 0),
      scalarAffine(builder, x, -1, 0),
    );
  },
};
