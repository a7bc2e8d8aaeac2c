/** @file nrs: the NRS loss (Li et al. 2023, §3.2): ReLUs become stable, weighed by the scale of their batch norm. */
import {
  abs,
  add,
  constant,
  div,
  mean,
  mul,
  neg,
  pow,
  reshape,
  sizeOf,
  stopGradient,
  tanh,
  type Tensor,
} from '../../tensor/index.ts';
import { stagedSum } from '../certified/stagedMean.ts';
import { boundedRelus, type BoundedRelu } from '../certified/boundedPass.ts';
import type { ObjectiveContext } from '../objectives/objective.ts';
import type { Regularizer, RegularizerOptions } from './regularizer.ts';

/** Keeps denominators from 0; the two forms of the original differ here too. */
const guard = { adversarial: 1e-20, certified: 1e-8 } as const;

/** γ to the power p, a constant to differentiation, [C]; undefined without a batch norm. */
function gammaPower(
  { batchNorm }: BoundedRelu,
  { params }: ObjectiveContext,
  { gammaPow = 2, signedGamma = false }: RegularizerOptions,
): Tensor | undefined {
  if (!batchNorm || gammaPow === 0) return undefined;
  const gamma = stopGradient(params[`${batchNorm.name}.weight`]);
  const power = pow(abs(gamma), gammaPow);
  return signedGamma && gammaPow % 2 === 1 ? div(mul(power, gamma), abs(gamma)) : power;
}

/** −tanh(1 + l·u/(γᵖ + guard)) of every neuron, shaped like the bounds. */
export function neuronLosses(
  relu: BoundedRelu,
  context: ObjectiveContext,
  options: RegularizerOptions,
): Tensor {
  const { lower, upper } = relu.interval;
  const product = mul(lower, upper);
  const gamma = gammaPower(relu, context, options);
  const small = guard[options.form ?? 'adversarial'];
  const shape = [1, -1, ...lower.shape.slice(2).map(() => 1)];
  const scaled = gamma ? div(product, reshape(add(gamma, small), shape)) : product;
  return neg(tanh(add(scaled, 1)));
}

/** Mean over batch and space → [C]. */
const channelLosses = (losses: Tensor): Tensor =>
  mean(
    losses,
    losses.shape.map((_, axis) => axis).filter((axis) => axis !== 1),
  );

/**
 * The original's two forms:
 * - `adversarial`: the mean over all neurons of all ReLUs, γ = 1 where no batch norm precedes; running statistics;
 * - `certified`: channel means first, then their unweighted mean, over the ReLUs behind a batch norm alone; bounds
 *   share the objective's statistics.
 */
export const nrs: Regularizer = {
  evaluate(context, options) {
    const { form = 'adversarial', epsilon, batchShare } = options;
    const pass = context.bounds({
      ...(epsilon !== undefined && { epsilon }),
      ...(form === 'adversarial' && { running: true }),
      ...(batchShare !== undefined && { share: batchShare }),
    });
    const relus = boundedRelus(pass);
    const total = (terms: readonly Tensor[]): Tensor => terms.map(stagedSum).reduce((a, b) => add(a, b));
    if (form === 'adversarial') {
      const losses = relus.map((relu) => neuronLosses(relu, context, options));
      return mul(total(losses), 1 / losses.reduce((n, l) => n + sizeOf(l.shape), 0));
    }
    const channels = relus
      .filter((relu) => relu.batchNorm)
      .map((relu) => channelLosses(neuronLosses(relu, context, options)));
    if (channels.length === 0) return constant(0);
    return mul(total(channels), 1 / channels.reduce((n, c) => n + c.shape[0], 0));
  },
};
