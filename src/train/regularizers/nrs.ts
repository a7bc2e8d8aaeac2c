/** @file nrs: the NRS loss (Li et al. 2023, §3.2): ReLUs become stable, weighed by the scale of their batch norm. */
import type { Option, Options, OptionValues } from '../../family/option.ts';
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
import type { RegularizedRun, Regularizer } from './regularizer.ts';

/** The power of |γ| in the loss; the criterion of the same name reads it too. */
export const gammaPow = {
  type: 'integer',
  least: 0,
  default: 2,
  key: 'gamma_pow',
  sentence: 'Power of |γ| in the NRS loss.',
} as const satisfies Option;

const forms = ['nrs', 'nrs_adversarial', 'nrs_certified', 'nrs_study', 'rs'];

/** What the NRS and the RS loss are told alike. */
export const rsOptions = {
  on: {
    type: 'flag',
    default: false,
    key: 'rs_reg',
    sentence: 'Add the NRS loss (or the RS loss, see rs_form).',
  },
  form: {
    type: 'choice',
    choices: forms,
    default: 'nrs',
    key: 'rs_form',
    sentence:
      'nrs: the NRS loss in the trainer’s form. nrs_adversarial: mean over all neurons, running statistics, full eps; ' +
      'nrs_certified: mean over channels behind batch norms, statistics and radius of the step. nrs_study: ' +
      'nrs_adversarial to the letter of the original: statistics as the step’s own pass leaves them, signed γ, ' +
      'batch-norm ε 1e-8; the default of its own files for adversarial training. rs: the RS loss, without γ.',
  },
  weight: {
    type: 'number',
    least: 0,
    default: 0.01,
    key: 'rs_weight',
    sentence: 'Weight of the NRS or RS loss.',
  },
  batchShare: {
    type: 'number',
    above: 0,
    most: 1,
    default: 1,
    key: 'rs_batch_share',
    sentence: 'Share of each batch whose bounds the NRS or RS loss computes; less is quicker and noisier.',
  },
} as const satisfies Options;

const options = { ...rsOptions, gammaPow } as const satisfies Options;

/** How a term of NRS is computed. */
export type NrsSettings = {
  /** Power p of |γ| in the denominator; default 2. */
  readonly gammaPow?: number;
  /** Default adversarial. */
  readonly form?: 'adversarial' | 'certified';
  /** Odd powers keep γ's sign, as in the original; default false. */
  readonly signedGamma?: boolean;
  /** Adversarial: running statistics as this step's pass leaves them, as in the original; default: as it found them. */
  readonly movedStatistics?: boolean;
  /** Adversarial: ε of batch norms in the bounds; default: each one's own. The original takes 1e-8. */
  readonly batchNormEps?: number;
  /** Share of each batch (0..1] whose bounds are computed; default 1. */
  readonly batchShare?: number;
  /** Radius of the bounds in raw pixel units; absent: the step's. */
  readonly epsilon?: number;
};

/** Keeps denominators from 0; the two forms of the original differ here too. */
const guard = { adversarial: 1e-20, certified: 1e-8 } as const;

/** γ to the power p, a constant to differentiation, [C]; undefined without a batch norm. */
function gammaPower(
  { batchNorm }: BoundedRelu,
  { params }: ObjectiveContext,
  { gammaPow: power = gammaPow.default, signedGamma = false }: NrsSettings,
): Tensor | undefined {
  if (!batchNorm || power === 0) return undefined;
  const gamma = stopGradient(params[`${batchNorm.name}.weight`]);
  const raised = pow(abs(gamma), power);
  return signedGamma && power % 2 === 1 ? div(mul(raised, gamma), abs(gamma)) : raised;
}

/** 1/(γᵖ + guard) by channel [C]; ones without a batch norm. */
function slopes(relu: BoundedRelu, context: ObjectiveContext, options: NrsSettings): Tensor {
  const gamma = gammaPower(relu, context, options);
  if (gamma) return div(1, add(gamma, guard[options.form ?? 'adversarial']));
  return expand(constant(1), [relu.interval.lower.shape[1]]);
}

/** tanh(1 + slope·l·u) of every neuron. */
function tanhs(lower: Tensor, upper: Tensor, slope: Tensor): Tensor {
  return tanh(channelAffine(mul(lower, upper), slope, expand(constant(1), slope.shape)));
}

/** −tanh(1 + l·u/(γᵖ + guard)) of every neuron, shaped like the bounds. */
export function neuronLosses(relu: BoundedRelu, context: ObjectiveContext, options: NrsSettings): Tensor {
  const { lower, upper } = relu.interval;
  return neg(tanhs(lower, upper, slopes(relu, context, options)));
}

/**
 * Their sum, []. With t the tanh and s the slope, the derivative in l is −(1 − t²)·s·u and in u the same with l: one
 * affine of t² and two products, where the chain of single rules would pass over the activations eight times.
 */
function layerLoss(relu: BoundedRelu, context: ObjectiveContext, options: NrsSettings): Tensor {
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
export const studyNrs: NrsSettings = {
  form: 'adversarial',
  signedGamma: true,
  movedStatistics: true,
  batchNormEps: 1e-8,
};

/**
 * The loss of `rs_form`, or in the form of the original's trainer. The adversarial form bounds the full radius from the
 * first epoch on, the certified one that of the step.
 */
export function nrsSettings(
  { form, gammaPow: power }: OptionValues<typeof options>,
  { certified, epsilon }: RegularizedRun,
): NrsSettings {
  if (form === 'nrs_study') return { ...studyNrs, gammaPow: power, epsilon };
  return form === 'nrs_certified' || (form === 'nrs' && certified)
    ? { form: 'certified', gammaPow: power }
    : { form: 'adversarial', gammaPow: power, epsilon };
}

/**
 * The original's two forms:
 * - `adversarial`: the mean over all neurons of all ReLUs, γ = 1 where no batch norm precedes; running statistics, in the
 *   original those that this step's own pass has moved (`studyNrs`);
 * - `certified`: channel means first, then their unweighted mean, over the ReLUs behind a batch norm alone; bounds
 *   share the objective's statistics.
 */
export const nrs: Regularizer<typeof options, NrsSettings> = {
  name: 'nrs',
  title: 'NRS loss',
  sentence: 'ReLUs become stable, weighed by the scale of their batch norm: the study’s own regulariser.',
  options,
  plan(values, run) {
    if (!values.on || values.form === 'rs') return undefined;
    const { weight, batchShare } = values;
    return { weight, options: { ...nrsSettings(values, run), batchShare } };
  },
  evaluate(context, settings, final) {
    const { form = 'adversarial', epsilon, batchShare, movedStatistics = false, batchNormEps } = settings;
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
        return mul(layerLoss(relu, context, settings), weight);
      })
      .reduce((a, b) => add(a, b));
  },
};
