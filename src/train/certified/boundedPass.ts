/** @file Interval bounds of a batch inside a training program, with gradients in every parameter. */
import { inferenceAffine, isBatchNorm, type BatchNormLayer } from '../../nn/layers/batchNorm.ts';
import type { Box } from '../../attack/box.ts';
import { ibp } from '../../bounds/ibp.ts';
import type { Interval } from '../../bounds/interval.ts';
import type { BoundContext, ChannelAffine } from '../../bounds/rule.ts';
import { normalizingAffine } from '../../nn/batchMoments.ts';
import type { BatchStatistics } from '../../nn/layers/definition.ts';
import type { Network, Parameters } from '../../nn/network.ts';
import { bendsAtZero } from '../../nn/layers/rules.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { gt, indicator, logicalAnd, lt, type Tensor } from '../../tensor/index.ts';
import { foldedNetwork, foldedParameters } from '../../nn/foldBatchNorm.ts';

/** A batch of boxes with the intervals of every layer. */
export interface BoundedPass {
  /** The network that was bounded: batch norms folded where possible. */
  readonly network: Network;
  /** Its parameters and shapes. */
  readonly context: BoundContext;
  /** Layer name (and `input`) → interval of its output, [B,…]. */
  readonly intervals: ReadonlyMap<string, Interval>;
  /** The inputs. */
  readonly box: Box;
  /** Weighted layer → the batch norm folded into it. */
  readonly folds: ReadonlyMap<string, BatchNormLayer>;
}

/** What `boundedPass` bounds. */
export interface BoundedArguments {
  readonly network: Network;
  readonly params: Parameters<Tensor>;
  /** Raw pixels [B,C,H,W]. */
  readonly box: Box;
  /**
   * Batch norm by the statistics of a forward pass of the clean batch, gradients flowing through them (as
   * auto_LiRPA's training does); absent: by the running ones.
   */
  readonly statistics?: ReadonlyMap<string, BatchStatistics> | undefined;
}

/** Batch norms as x·scale + shift: by a batch's statistics where they are given, else by the running ones. */
export const affineBy =
  (params: Parameters<Tensor>, statistics?: ReadonlyMap<string, BatchStatistics>) =>
  (layer: BatchNormLayer): ChannelAffine => {
    const found = statistics?.get(layer.name);
    if (!found) return inferenceAffine(layer, params);
    const { name, eps } = layer;
    const { mean, variance } = found;
    return normalizingAffine(params[`${name}.weight`], params[`${name}.bias`], mean, variance, eps);
  };

/** IBP of a batch of boxes (Gowal et al. 2018) or balls. Dropout does not act: what is bounded is the network in use. */
export function boundedPass({ network, params, box, statistics }: BoundedArguments): BoundedPass {
  const affineOf = affineBy(params, statistics);
  const folded = foldedNetwork(network);
  const shapes = layerShapes(folded.network);
  const context: BoundContext = {
    params: foldedParameters(folded, params, affineOf, statistics !== undefined),
    shapeOf: (name) => shapes.get(name)!,
    affineOf,
  };
  const intervals = ibp(folded.network, box, context, { ball: box.ball });
  return { network: folded.network, context, intervals, box, folds: folded.folds };
}

/** A ReLU of a bounded network. */
export interface BoundedRelu {
  readonly name: string;
  /** Of the pre-activation, [B,…]. */
  readonly interval: Interval;
  /** The batch norm right before it. */
  readonly batchNorm?: BatchNormLayer | undefined;
}

/** All ReLUs in order, with the bounds of what they read. */
export function boundedRelus({ network, intervals, folds }: BoundedPass): BoundedRelu[] {
  const byName = new Map(network.layers.map((l) => [l.name, l]));
  return network.layers.filter(bendsAtZero).map(({ name, inputs: [source] }) => {
    const before = byName.get(source);
    const direct = isBatchNorm(before) ? before : undefined;
    return { name, interval: intervals.get(source)!, batchNorm: folds.get(source) ?? direct };
  });
}

/** As the original study counts: rounding alone makes no neuron unstable. */
const threshold = 1e-5;

/** 1 where l < −1e-5 and u > 1e-5, else 0; shaped like the bounds. */
export const unstableNeurons = ({ lower, upper }: Interval): Tensor =>
  indicator(logicalAnd(lt(lower, -threshold), gt(upper, threshold)));
