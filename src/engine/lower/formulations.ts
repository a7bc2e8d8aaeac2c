/** @file Formulations: the ways to compute a convolution's gradients, and which is taken for which shapes. */
import type { AttributesOf } from '../../tensor/primitives/attributes.ts';
import { shapeText, type Shape } from '../../tensor/shape.ts';

/** Choices by primitive, kept with a run by name. Each sums in its own order: results differ in the last bits. */
export const formulations = {
  /**
   * `channelsLast`: one Conv over x with its channels innermost. `im2col`: one product with the shifted copies of x,
   * one for each tap. `swap`: Conv with batch and channels exchanged.
   */
  convWeightGrad: ['channelsLast', 'im2col', 'swap'],
  /**
   * `flipped`: Conv with the flipped kernel, for stride 1; `flippedBlocked`: the same in the blocked layout.
   * `native`: ConvTranspose. `columns`: MatMul and Col2Im. `phases`: one Conv that makes the phases of a stride as
   * channels, and a gather; for constant weights.
   */
  convTranspose2d: ['flipped', 'flippedBlocked', 'native', 'columns', 'phases'],
  /** `plain`: Conv. `blocked`: Conv in the blocked layout, where the processor has one and the weight is not constant. */
  conv2d: ['plain', 'blocked'],
} as const;

export type ChosenPrimitive = keyof typeof formulations;
export type Formulation<K extends ChosenPrimitive> = (typeof formulations)[K][number];

/** Key of a convolution's shapes (`formulationKey`) → name of the formulation; kept with a run, so that it repeats bit for bit. */
export type FormulationRecord = Readonly<Record<string, string>>;

/** Names a convolution gradient by all that its speed depends on. */
export function formulationKey<K extends ChosenPrimitive>(
  op: K,
  shapes: readonly [Shape, Shape],
  a: AttributesOf<K>,
): string {
  const extent = 'size' in a ? a.size : 'kernel' in a ? a.kernel : [];
  return [
    op,
    shapes.map(shapeText).join(' '),
    `to ${shapeText(extent)}`,
    `stride ${a.stride.join(',')}`,
    `padding ${a.padding.join(',')}`,
    `dilation ${a.dilation.join(',')}`,
    `groups ${a.groups}`,
  ].join(' ');
}
