/** @file What objectives and regularisers work on: a batch, the network at any point, shared bounds. */
import { isBatchNorm } from '../../nn/layers/batchNorm.ts';
import { epsilonBox, radiusOf, type Box } from '../../attack/box.ts';
import type { Norm } from '../../bounds/ball.ts';
import { forward, type ForwardResult } from '../../nn/forward.ts';
import type { Mode } from '../../nn/layers/definition.ts';
import type { Network, Parameters } from '../../nn/network.ts';
import { updateRunningStatistics } from '../../nn/runningStatistics.ts';
import { sliceAxis, type Tensor } from '../../tensor/index.ts';
import { boundedPass, type BoundedPass } from '../certified/boundedPass.ts';

/** The values of one step. */
export interface StepSite {
  readonly network: Network;
  /** Trained parameters and buffers by key; gradients are taken in the former. */
  readonly params: Parameters<Tensor>;
  /** Raw pixels 0..1 [B,C,H,W]. */
  readonly x: Tensor;
  /** Labels int32 [B]. */
  readonly y: Tensor;
  /** Radius in raw pixel units, []. */
  readonly epsilon: Tensor;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm | undefined;
  /** Uniform noise in −1..1, by the names that `noise` gave. */
  readonly noise: Readonly<Record<string, Tensor>>;
  /** `train`: batch norm uses the statistics of each pass's own batch. */
  readonly mode: Mode;
  /** Dropout layer → 0/1, one choice for all passes of the step. */
  readonly keepMasks?: Readonly<Record<string, Tensor>> | undefined;
}

export interface ObjectiveContext extends StepSite {
  /** How far each element may move: `epsilon`, or [1,C,…] where they differ. */
  readonly radius: Tensor;
  /** The network at any point, in `mode`. */
  forward(x: Tensor): ForwardResult;
  /** The network at the images themselves; one pass for all who ask. */
  clean(): ForwardResult;
  /** Points within a radius (default: the step's) of points of raw pixels (default: the images), in the step's norm. */
  box(around?: Tensor, radius?: Tensor | number): Box;
  /** Bounds of any such set, batch norm by the clean batch's statistics in training and by the running ones otherwise. */
  bound(box: Box): BoundedPass;
  /** Bounds around the images; one pass for all who ask for the same radius and statistics. */
  bounds(choice?: BoundsChoice): BoundedPass;
}

export interface BoundsChoice {
  /** Raw pixel units; default: the step's. */
  readonly epsilon?: number;
  /** Batch norm by running statistics in training too. */
  readonly running?: boolean;
  /** Of those: as they stand after this pass has moved them. */
  readonly movedBy?: ForwardResult | undefined;
  /** ε of every batch norm; default: each one's own. */
  readonly batchNormEps?: number;
  /** Only the first images of the batch, this share of it (0..1]; default all. */
  readonly share?: number;
}

const withEps = (network: Network, eps: number): Network => ({
  ...network,
  layers: network.layers.map((layer) => (isBatchNorm(layer) ? { ...layer, eps } : layer)),
});

export function objectiveContext(site: StepSite): ObjectiveContext {
  const { network, params, x, epsilon, norm = 'inf', mode, keepMasks } = site;
  let cleanPass: ForwardResult | undefined;
  const passes = new Map<string, BoundedPass>();
  const context: ObjectiveContext = {
    ...site,
    forward: (at) => forward(network, params, at, { mode, keepMasks }),
    clean: () => (cleanPass ??= context.forward(x)),
    box: (around = x, radius = epsilon) => epsilonBox(around, radius, norm, network.domain),
    radius: radiusOf(epsilon, x.shape.length, network.domain),
    bound(box) {
      const statistics = mode === 'train' ? context.clean().statistics : undefined;
      return boundedPass({ network, params, box, statistics });
    },
    bounds({ epsilon: radius, running = false, movedBy, batchNormEps, share = 1 } = {}) {
      const key = `${radius ?? 'step'} ${running} ${movedBy !== undefined} ${batchNormEps} ${share}`;
      const found = passes.get(key);
      if (found) return found;
      const images = share < 1 ? sliceAxis(x, 0, 0, Math.ceil(share * x.shape[0])) : x;
      const box = context.box(images, radius ?? epsilon);
      const made = running
        ? boundedPass({
            network: batchNormEps === undefined ? network : withEps(network, batchNormEps),
            params: movedBy ? updateRunningStatistics(params, movedBy.statistics) : params,
            box,
          })
        : context.bound(box);
      passes.set(key, made);
      return made;
    },
  };
  return context;
}
