/** @file The same function with fewer layers: what verification runs on. */
import { sizeOf } from '../tensor/index.ts';
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { isAffine } from './layers/affine.ts';
import { scaleAndShift, type ScaleAndShift } from './simplify/affineParameters.ts';
import { bypass, draftOf, finished, rewriteAll, soleReader } from './simplify/draft.ts';
import { dropIdentity, joinReshapes, normalizationToAffine } from './simplify/identities.ts';
import { mergeAffineBackward, mergeAffineForward } from './simplify/mergeAffine.ts';
import { mergeLinear } from './simplify/mergeLinear.ts';

/**
 * Drops layers that change nothing (dropout in evaluation mode among them), and merges batch norms, normalisations,
 * constants and consecutive linear layers into weights. Exact but for f64 rounding; merged numbers are f64.
 * The names of ReLU layers and of weighted layers that stay are kept.
 */
export function simplifyNetwork(net: NumberedNetwork): NumberedNetwork {
  const draft = draftOf(net);
  rewriteAll(draft, [normalizationToAffine, dropIdentity, joinReshapes]);
  rewriteAll(draft, [mergeAffineBackward, mergeAffineForward, mergeLinear, dropIdentity]);
  return finished(draft);
}

/**
 * A network without its first elementwise affine layers, and what they did to each input element: the network takes
 * scale·x + shift where the whole one took x; scales are positive. Roundings are 0 where nothing was stripped.
 */
export interface SplitNormalization extends NumberedNetwork, ScaleAndShift {}

/**
 * Strips a leading normalisation: bounds and attacks then work on the box that it makes of theirs.
 * scale is 1 and shift 0 where there is none, where other layers read the raw input too, or where a
 * scale is not positive.
 */
export function splitNormalization(net: NumberedNetwork): SplitNormalization {
  const draft = draftOf(net);
  const { inputShape } = net.network;
  rewriteAll(draft, [
    (d, layer) => layer.inputs[0] === 'input' && normalizationToAffine(d, layer),
    (d, layer) => layer.inputs[0] === 'input' && dropIdentity(d, layer),
  ]);
  const scale = new Float64Array(sizeOf(inputShape)).fill(1);
  const shift = new Float64Array(sizeOf(inputShape));
  const reach = new Float64Array(sizeOf(inputShape));
  let roundings = 0;
  const done = (): SplitNormalization => ({ ...finished(draft), scale, shift, reach, roundings });
  for (;;) {
    const first = soleReader(draft, 'input');
    if (!isAffine(first) || draft.layers.length === 1) return done();
    const step = scaleAndShift(draft, first, inputShape);
    if (!step.scale.every((s) => s > 0)) return done();
    bypass(draft, first);
    step.scale.forEach((s, i) => {
      scale[i] *= s;
      shift[i] = shift[i] * s + step.shift[i];
      reach[i] = reach[i] * s + step.reach[i];
    });
    roundings += step.roundings + 1;
  }
}
