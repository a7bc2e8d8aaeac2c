/** @file Relu, LeakyRelu, PRelu, Sigmoid, Tanh, Clip, Abs, HardSigmoid. */
import { abs, relu as reluOf, sigmoid, sub, tanh, type Tensor } from '../../../tensor/index.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import type { ImportSite, OnnxImporter } from '../site.ts';
import { asReal, computed, elementwise } from '../constants.ts';
import { constantOf, type ConstantValue, type LayerValue } from '../value.ts';
import { largest, smallest } from './arithmetic.ts';
import { maximumWith, minimumWith } from './extremes.ts';
import { addBranches, affine, relu, scalarAffine } from './elementwise.ts';

/** A layer kind without parameters; constants are folded. */
const plain =
  (kind: 'relu' | 'sigmoid' | 'tanh', f: (x: Tensor) => Tensor): OnnxImporter =>
  (site) => {
    const x = site.value(0);
    return x.kind === 'constant' ? computed(f, x) : site.add({ kind }, [x], x.shape);
  };

/** Clip's bounds: attributes in older operator sets, inputs in newer ones; undefined where there is none. */
function bound(site: ImportSite, name: 'min' | 'max', index: number): number | undefined {
  if (site.opset >= 11) return site.number(index, name);
  return site.node.attributes?.[name] && site.float(name, 0);
}

/** min(max(x, low), high), in this order: where low > high it is high. */
export function clip(builder: NetworkBuilder, x: LayerValue, low?: number, high?: number): LayerValue {
  // One after the other they would lose the smaller bound beside the larger.
  if (low !== undefined && high !== undefined && low >= high && Number.isFinite(high))
    return scalarAffine(builder, x, 0, high);
  const floored = low === undefined ? x : maximumWith(builder, x, constantOf([low], []));
  return high === undefined ? floored : minimumWith(builder, floored, constantOf([high], []));
}

function clippedConstant(x: ConstantValue, low?: number, high?: number): ConstantValue {
  const floored = low === undefined ? x : largest(x, constantOf([low], [], x.dtype));
  return high === undefined ? floored : smallest(floored, constantOf([high], [], x.dtype));
}

/** slope·x + (1 − slope)·relu(x), for any slope. */
function leaky(builder: NetworkBuilder, x: LayerValue, slope: number): LayerValue {
  if (slope >= 0 && slope <= 1) return builder.add({ kind: 'leakyRelu', negativeSlope: slope }, [x], x.shape);
  const kinked = scalarAffine(builder, relu(builder, x), 1 - slope, 0);
  return addBranches(builder, scalarAffine(builder, x, slope, 0), kinked);
}

const absolute = elementwise(abs, (v) => (v < 0n ? -v : v));

export const activation: Readonly<Record<string, OnnxImporter>> = {
  Relu: plain('relu', reluOf),
  Sigmoid: plain('sigmoid', sigmoid),
  Tanh: plain('tanh', tanh),
  LeakyRelu: (site) => leaky(site.builder, site.layer(0), site.float('alpha', 0.01)),
  PRelu(site) {
    const x = site.layer(0);
    const slope = site.requiredConstant(1, 'slope');
    const { builder } = site;
    const kinked = affine(builder, relu(builder, x), { weight: computed((s) => sub(1, s), asReal(slope)) });
    return addBranches(builder, affine(builder, x, { weight: asReal(slope) }), kinked);
  },
  Clip(site) {
    const x = site.value(0);
    const low = bound(site, 'min', 1);
    const high = bound(site, 'max', 2);
    return x.kind === 'constant' ? clippedConstant(x, low, high) : clip(site.builder, x, low, high);
  },
  HardSigmoid(site) {
    const { builder } = site;
    const moved = scalarAffine(builder, site.layer(0), site.float('alpha', 0.2), site.float('beta', 0.5));
    return clip(builder, moved, 0, 1);
  },
  /** |x| = 2·relu(x) − x */
  Abs(site) {
    const x = site.value(0);
    if (x.kind === 'constant') return absolute(x);
    const { builder } = site;
    return addBranches(
      builder,
      scalarAffine(builder, relu(builder, x), 2, 0),
      scalarAffine(builder, x, -1, 0),
    );
  },
};
