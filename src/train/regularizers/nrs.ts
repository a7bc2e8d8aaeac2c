/** @file nrs: the NRS loss (Li et al. 2023, §3.2): ReLUs become stable, weighed by the scale of their batch norm. */
import type { Option } from '../../family/option.ts';
import {
  abs,
  add,
  channelAffine,
  constant,
  customGradient,
  div,
  expand,
  mul,
  neg,
  pow,
  sizeOf,
  stopGradient,
  tanh,
  type Tensor,
} from '../../tensor/index.ts';
import { stagedSum } from '../certified/stagedMean.ts';
import { boundedRelus, type BoundedRelu } from '../certified/boundedPass.ts';
import type { ObjectiveContext } from '../objectives/objective.ts';
import type { Regularizer, RegularizerOptions } from './regularizer.ts';

/** The power of |γ| in the loss; the criterion of the same name reads it too. */
export const gammaPow = {
  type: 'integer',
  least: 0,
  default: 2,
  key: 'gamma_pow',
  sentence: 'Power of |γ| in the NRS loss.',
} as const satisfies Option;

/** Keeps denominators from 0; the two forms of the original differ here too. */
const guard = { adversarial: 1e-20, certified: 1e-8 } as const;

/** γ to the power p, a constant to differentiation, [C]; undefined without a batch norm. */
function gammaPower(
  { batchNorm }: BoundedRelu,
  { params }: ObjectiveContext,
  { gammaPow: power = gammaPow.default, signedGamma = false }: RegularizerOptions,
): Tensor | undefined {
  if (!batchNorm || power === 0) return undefined;
  const gamma = stopGradient(params[`${batchNorm.name}.weight`]);
  const raised = pow(abs(gamma), power);
  return signedGamma && power % 2 === 1 ? div(mul(raised, gamma), abs(gamma)) : raised;
}

/** 1/(γᵖ + guard) by channel [C]; ones without a batch norm. */
function slopes(relu: BoundedRelu, context: ObjectiveContext, options: RegularizerOptions): Tensor {
  const gamma = gammaPower(relu, context, options);
  if (gamma) return div(1, add(gamma, guard[options.form ?? 'adversarial']));
  return expand(constant(1), [relu.interval.lower.shape[1]]);
}

/** tanh(1 + slope·l·u) of every neuron. */
function tanhs(lower: Tensor, upper: Tensor, slope: Tensor): Tensor {
  return tanh(channelAffine(mul(lower, upper), slope, expand(constant(1), slope.shape)));
}

/** −tanh(1 + l·u/(γᵖ + guard)) of every neuron, shaped like the bounds. */
export function neuronLosses(
  relu: BoundedRelu,
  context: ObjectiveContext,
  options: RegularizerOptions,
): Tensor {
  const { lower, upper } = relu.interval;
  return neg(tanhs(lower, upper, slopes(relu, context, options)));
}

/**
 * Their sum, []. With t the tanh and s the slope, the derivative in l is −(1 − t²)·s·u and in u the same with l: one
 * affine of t² and two products, where the chain of single rules would pass over the activations eight times.
 */
function layerLoss(relu: BoundedRelu, context: ObjectiveContext, options: RegularizerOptions): Tensor {
  const slope = slopes(relu, context, options);
  const { lower, upper } = relu.interval;
  const total = neg(stagedSum(tanhs(lower, upper, slope)));
  return customGradient(total, [lower, upper], (g, [l, u]) => {
    const t = tanhs(l, u, slope);
    const weighted = mul(g, slope);
    const common = channelAffine(mul(t, t), weighted, neg(weighted));
    return [mul(common, u), mul(common, l)];
  });
}

/** What the adversarial half of the original does beside the form: γ keeps its sign, ε is 1e-8, statistics have moved. */
export const studyNrs: RegularizerOptions = {
  form: 'adversarial',
  signedGamma: true,
  movedStatistics: true,
  batchNormEps: 1e-8,
};

/**
 * The original's two forms:
 * - `adversarial`: the mean over all neurons of all ReLUs, γ = 1 where no batch norm precedes; running statistics, in the
 *   original those that this step's own pass has moved (`studyNrs`);
 * - `certified`: channel means first, then their unweighted mean, over the ReLUs behind a batch norm alone; bounds
 *   share the objective's statistics.
 */
export const nrs: Regularizer = {
  evaluate(context, options, final) {
    const { form = 'adversarial', epsilon, batchShare, movedStatistics = false, batchNormEps } = options;
    const pass = context.bounds({
      ...(epsilon !== undefined && { epsilon }),
      ...(form === 'adversarial' && {
        running: true,
        ...(movedStatistics && { movedBy: final }),
        ...(batchNormEps !== undefined && { batchNormEps }),
      }),
      ...(batchShare !== undefined && { share: batchShare }),
    });
    const relus = boundedRelus(pass).filter((relu) => form === 'adversarial' || relu.batchNorm);
    if (relus.length === 0) return constant(0);
    const sizes = relus.map(({ interval }) => sizeOf(interval.lower.shape));
    const channels = relus.map(({ interval }) => interval.lower.shape[1]);
    const all = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
    return relus
      .map((relu, i) => {
        const weight = form === 'adversarial' ? 1 / all(sizes) : channels[i] / sizes[i] / all(channels);
        return mul(layerLoss(relu, context, options), weight);
      })
      .reduce((a, b) => add(a, b));
  },
};
