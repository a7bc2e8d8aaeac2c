/** @file What layers that apply one function to every element have in common. */
import { add, mul, type Tensor } from '../../tensor/index.ts';
import type { OnnxAttribute } from '../../formats/onnx/model.ts';
import {
  sameAsInput,
  type Doubtful,
  type Elementwise,
  type LayerBase,
  type LayerRule,
} from './definition.ts';

interface Activation<L extends LayerBase> extends Pick<LayerRule<L>, 'nonnegative' | 'isIdentity' | 'doubt'> {
  readonly elementwise: Elementwise<L>;
  apply(x: Tensor, layer: L): Tensor;
  readonly onnx: string;
  attributes?(layer: L): Readonly<Record<string, OnnxAttribute>>;
}

/** @param facts the function as tensors have it, as numbers have it, and its name in ONNX */
export function activation<L extends LayerBase>({
  apply,
  onnx,
  attributes,
  ...facts
}: Activation<L>): LayerRule<L> & { readonly elementwise: Elementwise<L> } {
  return {
    ...facts,
    form: 'bends',
    shape: sameAsInput,
    forward: ({ layer, inputs }) => apply(inputs[0], layer),
    onnx: ({ layer, node }) => [node(onnx, [], attributes?.(layer))],
  };
}

/** Doubt behind a function of slopes up to 1 that runtimes approximate, being off by up to `approximation`. */
export const contracting =
  (approximation: number) =>
  ({ value, error }: Doubtful): Tensor =>
    add(error ?? mul(value, 0), approximation);
