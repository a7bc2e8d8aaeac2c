/** @file nrs: stability of a channel's neurons, the study's own structured criterion (Li et al. 2023, §3.2). */
import { setImmediate } from 'node:timers/promises';
import { epsilonBox } from '../../attack/box.ts';
import { ibp } from '../../bounds/ibp.ts';
import type { BoundContext } from '../../bounds/rule.ts';
import { compile } from '../../engine/compile.ts';
import type { Options } from '../../family/option.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { float32 } from '../../tensor/index.ts';
import { channelCountOf, layerOfKey, normOf } from '../channels.ts';
import { mapMasks } from '../masks.ts';
import { batchSpecs, scoringBatches, scoringData } from '../objectiveGradients.ts';
import { gammaPow } from '../../train/regularizers/nrs.ts';
import type { Criterion, CriterionContext } from './criterion.ts';

const options = { gammaPow } as const satisfies Options;

/** As in the loss: keeps a channel with γ = 0 from a division by zero. */
const tiny = 1e-20;

/** log σ(t), exact where σ underflows. */
const logSigmoid = (t: number): number => Math.min(0, t) - Math.log1p(Math.exp(-Math.abs(t)));

/** A running log Σ exp. */
const logAdd = (a: number, b: number): number => {
  const top = Math.max(a, b);
  return top === -Infinity ? top : top + Math.log1p(Math.exp(Math.min(a, b) - top));
};

/**
 * Adds σ(2(1 + l·u/(|γ|ᵖ + tiny))) = (1 + tanh(1 + l·u/…))/2, the mean over a channel's neurons, to a running sum.
 * @param into log of the sum so far, [channels]; −∞ at the start
 */
export function addStability(
  into: Float64Array,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  gammas: ArrayLike<number>,
  gammaPow: number,
): void {
  const channels = into.length;
  const area = lower.length / channels;
  const perNeuron = Math.log(area);
  for (let i = 0; i < lower.length; i++) {
    const c = Math.floor(i / area);
    const scaled = (lower[i] * upper[i]) / (Math.abs(gammas[c]) ** gammaPow + tiny);
    into[c] = logAdd(into[c], logSigmoid(2 * (1 + scaled)) - perNeuron);
  }
}

/** IBP bounds behind every masked layer (its batch norm included), image by image. */
function boundsProgram(context: CriterionContext, names: readonly string[], method: string) {
  const { network } = context;
  const data = scoringData(context, method);
  const shapes = layerShapes(network);
  const { x } = batchSpecs(network, data);
  return compile(
    ({ params, image, epsilon }) => {
      const bound: BoundContext = {
        params,
        shapeOf: (name) => shapes.get(name)!,
      };
      const box = epsilonBox(image, epsilon, data.objectiveOptions.norm, network.domain);
      const found = ibp(network, box, bound, { ball: box.ball });
      return Object.fromEntries(names.map((name) => [name, found.get(name)!]));
    },
    {
      params: Object.fromEntries(parameterSpecs(network).map((s) => [s.key, float32(s.shape)])),
      image: x,
      epsilon: float32([]),
    },
    data.engine,
  );
}

/**
 * log of Σ (1 − loss)/2 over the images, loss = −tanh(1 + l·u/|γ|ᵖ) averaged over a channel's neurons (γ = 1 without
 * batch norm); bounds by IBP at the full radius, with running statistics. The most unstable channels go first.
 * The logarithm keeps an order among channels whose tanh is 1 in any precision.
 */
export const nrs: Criterion<typeof options> = {
  name: 'nrs',
  title: 'channel stability (nrs)',
  sentence: 'Stability of a channel’s neurons, by interval bounds on images: the study’s own criterion.',
  options,
  granularity: 'channel',
  counts: 'total',
  async scores(context, _, { gammaPow }) {
    const { network, numbers, masks } = context;
    const data = scoringData(context, 'nrs');
    const normName = (key: string): string | undefined => normOf(network, key)?.name;
    const valueOf = mapMasks(masks, (_, key) => normName(key) ?? layerOfKey(network, key).name);
    const program = boundsProgram(context, Object.values(valueOf), 'nrs');
    const params = maskNumbers(numbers as Record<string, Float32Array>, masks);
    const found = mapMasks(masks, (_, key) => new Float64Array(channelCountOf(network, key)).fill(-Infinity));
    for (const { x } of scoringBatches(context, data)) {
      data.signal?.throwIfAborted();
      const bounds = await program.run({ params, image: x, epsilon: data.epsilon });
      for (const [key, into] of Object.entries(found)) {
        const { lower, upper } = bounds[valueOf[key]];
        const norm = normName(key);
        const gammas = norm ? numbers[`${norm}.weight`] : new Float64Array(into.length).fill(1);
        const size = lower.data.length / lower.shape[0];
        for (let image = 0; image < lower.shape[0]; image++) {
          const part = (values: ArrayLike<number>): ArrayLike<number> =>
            (values as Float32Array).subarray(image * size, (image + 1) * size);
          addStability(into, part(lower.data), part(upper.data), gammas, norm ? gammaPow : 0);
        }
      }
      await setImmediate();
    }
    return found;
  },
};
