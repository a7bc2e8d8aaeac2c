/** @file What the program over many boxes of a dense chain is fed. */
import { float32, int32, type TensorSpec } from '../../tensor/index.ts';
import { deepLayers, hiddenWidth, type DenseChain } from './denseChain.ts';

/** Sizes of one program. */
export interface BoxesSizes {
  /** R. */
  readonly boxes: number;
  /** U: neurons of each deep layer that are bounded anew, at most; U ≥ a layer's width means all of it. */
  readonly open: number;
  /** K: rows over the values of the last hidden layer's ReLU. */
  readonly rows: number;
}

/** Bounds that hold already on each box, of one deep layer with n neurons. */
export interface KnownLayer<T> {
  /** [R, n]; 0 at the open neurons. */
  readonly lower: T;
  readonly upper: T;
  /** Open neurons, int32 [R, U]; n where a place is unused. */
  readonly index: T;
  /** Bounds of the open neurons, [R, U]. */
  readonly openLower: T;
  readonly openUpper: T;
}

export interface ChainRows<T> {
  readonly coefficients: T;
  readonly constant: T;
  readonly reach: T;
  readonly constantReach: T;
}

/** What the program is fed. */
export interface BoxesInputs<T> {
  /** [R, inputs] each. */
  readonly center: T;
  readonly radius: T;
  /** By number of the layer. */
  readonly known: Readonly<Record<number, KnownLayer<T>>>;
  /** coefficients·relu(last hidden) + constant, and the sums of absolute values behind them: [K, n] and [K, 1] each. */
  readonly rows: ChainRows<T>;
  /** How much each row counts in a box's `looseness`, [R, K]. */
  readonly weights: T;
}

export const openPlaces = (chain: DenseChain, layer: number, open: number): number =>
  Math.min(open, hiddenWidth(chain, layer));

export function boxesSpecs(chain: DenseChain, { boxes, open, rows }: BoxesSizes): BoxesInputs<TensorSpec> {
  const box = float32([boxes, chain.inputs]);
  const last = chain.layers.at(-1)!.inFeatures;
  const known = deepLayers(chain).map((k): [number, KnownLayer<TensorSpec>] => {
    const all = float32([boxes, hiddenWidth(chain, k)]);
    const places = [boxes, openPlaces(chain, k, open)];
    const some = float32(places);
    return [k, { lower: all, upper: all, index: int32(places), openLower: some, openUpper: some }];
  });
  return {
    center: box,
    radius: box,
    known: Object.fromEntries(known),
    rows: {
      coefficients: float32([rows, last]),
      constant: float32([rows, 1]),
      reach: float32([rows, last]),
      constantReach: float32([rows, 1]),
    },
    weights: float32([boxes, rows]),
  };
}
