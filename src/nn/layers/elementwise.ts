/** @file What layers that apply one function to every element have in common. */
import { abs, add, maximum, mul, type Tensor } from '../../tensor/index.ts';
import type { OnnxAttribute, OnnxNode } from '../../formats/onnx/model.ts';
import {
  sameAsInput,
  type Doubtful,
  type Elementwise,
  type LayerBase,
  type LayerRule,
  type OnnxSite,
} from './definition.ts';

interface Activation<L extends LayerBase> extends Pick<
  LayerRule<L>,
  'nonnegative' | 'isIdentity' | 'doubt' | 'notation'
> {
  readonly elementwise: Elementwise<L>;
  apply(x: Tensor, layer: L): Tensor;
  /** The operator that computes it, or the nodes where several do. */
  readonly onnx: string | ((site: OnnxSite<L>) => readonly OnnxNode[]);
  attributes?(layer: L): Readonly<Record<string, OnnxAttribute>>;
}

/** @param facts the function as tensors have it, as numbers have it, and as ONNX has it */
export function activation<L extends LayerBase>({
  apply,
  onnx,
  attributes,
  ...facts
}: Activation<L>): LayerRule<L> & { readonly elementwise: Elementwise<L> } {
  const { approximated, steepest } = facts.elementwise;
  return {
    ...(approximated !== undefined && { doubt: approximating(approximated, steepest) }),
    ...facts,
    form: 'bends',
    shape: sameAsInput,
    forward: ({ layer, inputs }) => apply(inputs[0], layer),
    onnx: (site) => (typeof onnx === 'string' ? [site.node(onnx, [], attributes?.(site.layer))] : onnx(site)),
  };
}

/** |f(x ± e) ± approximation| is off by at most slope·e and what the runtime misses. */
const approximating =
  (approximation: number, steepest = 1) =>
  ({ error }: Doubtful, result: Tensor): Tensor => {
    const missed = mul(maximum(abs(result), 1), approximation);
    return error ? add(mul(error, steepest), missed) : missed;
  };
