/** @file A counterexample drawn towards the image, as far as it stays one: how far it is then bounds the robust radius from above. */
import { confirm, type Replayer } from '../replay.ts';
import type { Specification } from '../specification.ts';
import type { Witness } from '../verdict.ts';

/** A counterexample and the radius of a ball that holds it, in raw pixel units. */
export interface NearWitness {
  readonly witness: Witness;
  readonly distance: number;
}

/**
 * Halves the way from the image, by a dozen runs of the network: what an attack or a search finds lies at the rim of its
 * ball, the decision boundary often much nearer. Every point counts once it is confirmed within the ball of its own
 * distance.
 * @param image the network's input for the image itself
 * @param epsilon radius of the ball that the witness was found in
 * @param distanceOf raw pixel units, rounded up
 * @param within the question at another radius
 * @param resolution distances are not told apart any finer
 */
export async function drawToImage(
  replayer: Replayer,
  found: Witness,
  {
    image,
    epsilon,
    distanceOf,
    within,
    resolution,
  }: {
    readonly image: Float32Array;
    readonly epsilon: number;
    readonly distanceOf: (input: Float32Array) => number;
    readonly within: (epsilon: number) => Specification;
    readonly resolution: number;
  },
): Promise<NearWitness> {
  const at = async (input: Float32Array): Promise<NearWitness | undefined> => {
    const distance = distanceOf(input);
    if (!(distance < epsilon)) return undefined;
    const witness = await confirm(replayer, within(distance), input);
    return witness && { witness, distance };
  };
  let best = (await at(found.input)) ?? { witness: found, distance: epsilon };
  let [least, most] = [0, 1];
  while ((most - least) * epsilon > resolution) {
    const share = (least + most) / 2;
    const point = found.input.map((v, i) => image[i] + share * (v - image[i]));
    const nearer = await at(point);
    if (nearer && nearer.distance < best.distance) best = nearer;
    if (nearer) most = share;
    else least = share;
  }
  return best;
}
