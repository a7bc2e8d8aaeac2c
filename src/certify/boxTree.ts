/** @file The tree of boxes that a search by halving leaves behind. */
import { createSpool, type Spool } from './spool.ts';

/** What is left of a box once it is clipped, and where that was halved. */
export interface HalvedBox {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly input: number;
  readonly value: number;
  /** The number of the half below the value; that above has the next one. */
  readonly below: number;
}

/** Whom a search by halving tells what it does; boxes have numbers, the first is 0. */
export interface BoxRecorder {
  /** @returns the number of the half below the value, the one before that of the half above */
  readonly halved: (
    box: number,
    ends: { readonly lower: Float64Array; readonly upper: Float64Array },
    input: number,
    value: number,
  ) => number;
}

export interface BoxTree extends BoxRecorder {
  /** Undefined for a box that was not halved: the search has refuted it. */
  readonly at: (box: number) => HalvedBox | undefined;
  /** Boxes in all. */
  readonly size: () => number;
  readonly close: () => void;
}

/**
 * In memory are eight bytes a box, the rest is in the spool.
 * @param inputs numbers of a box's ends
 */
export function boxTree(inputs: number, spool: Spool = createSpool()): BoxTree {
  let places = new Float64Array(1024).fill(-1);
  let count = 1;
  return {
    halved(box, { lower, upper }, input, value) {
      const below = count;
      count += 2;
      if (count > places.length) {
        const longer = new Float64Array(2 * count).fill(-1);
        longer.set(places);
        places = longer;
      }
      const numbers = Float64Array.of(...lower, ...upper, input, value, below);
      places[box] = spool.write(new Uint8Array(numbers.buffer));
      return below;
    },
    at(box) {
      const place = places[box];
      if (!(place >= 0)) return undefined;
      const numbers = new Float64Array(spool.read(place, 8 * (2 * inputs + 3)).buffer);
      const [input, value, below] = numbers.subarray(2 * inputs);
      return {
        lower: numbers.slice(0, inputs),
        upper: numbers.slice(inputs, 2 * inputs),
        input,
        value,
        below,
      };
    },
    size: () => count,
    close: spool.close,
  };
}
