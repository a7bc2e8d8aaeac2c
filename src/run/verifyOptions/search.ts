/** @file Options that say how a question is answered: attack, bounds, search. */
import * as kinds from './kinds.ts';
import { everyForm, type OptionRow } from './row.ts';
import { floatFormats } from '../../certify/formats.ts';
import { methods } from '../../verify/method.ts';
import { certifyChoices } from '../../verify/verifyOptions.ts';

export const searchOptions = {
  maxDomains: {
    kind: kinds.whole(),
    yaml: { key: 'max_domains', default: 0 },
    abcrown: ['bab.max_domains'],
    help: 'branch-and-bound domains per image, 0 for no limit; the budget to set for repeatable verdicts',
  },
  batch: {
    kind: kinds.whole(1),
    yaml: { key: 'batch', default: 32 },
    abcrown: ['solver.beta-crown.batch_size', 'solver.batch_size'],
    help: 'domains bounded together',
  },
  relaxation: {
    kind: kinds.relaxation,
    forms: everyForm,
    from: 'bounds',
    yaml: { key: 'relaxation', default: 'adaptive' },
    abcrown: ['solver.crown.activation_bound_option'],
    default: 'adaptive',
    help: 'lower line of a ReLU: adaptive, same-slope, zero-lb or one-lb',
  },
  forward: {
    kind: kinds.oneOf('<when>', ['auto', 'first', 'only', 'never']),
    yaml: { key: 'forward', default: 'auto' },
    abcrown: ['solver.bound_prop_method'],
    help:
      'forward linear bounds of intermediate neurons: before backward walks, instead of them, or not at all; ' +
      'auto = before them where inputs are few',
  },
  method: {
    kind: kinds.oneOf('<method>', methods),
    forms: everyForm,
    from: 'complete',
    yaml: { key: 'method', default: 'bab' },
    abcrown: ['general.complete_verifier'],
    default: 'bab',
    help: 'for what bounds leave open: bab, bab-refine or mip',
  },
  refineShare: {
    kind: kinds.positive,
    abcrown: ['solver.mip.refine_neuron_time_percentage'],
    help: 'share of the time that bab-refine and mip refine bounds for',
  },
  refineSeconds: {
    kind: kinds.positive,
    abcrown: ['solver.mip.refine_neuron_timeout'],
    help: 'seconds for one bound that is refined',
  },
  certify: {
    kind: kinds.oneOf('<when>', certifyChoices),
    forms: everyForm,
    from: 'bounds',
    yaml: { key: 'certify', default: 'auto' },
    default: 'auto',
    help: 'proofs confirmed by the independent checker: auto = where it costs little, always or never',
  },
  roundoff: {
    kind: kinds.oneOf('<format>', floatFormats),
    forms: everyForm,
    from: 'bounds',
    yaml: { key: 'roundoff', default: 'float32' },
    default: 'as the property declares, else float32',
    help: 'format in which checked proofs hold beside the reals: float32, bfloat16 or float16',
  },
  refineBranch: {
    kind: kinds.oneOf('<when>', ['never', 'auto']),
    yaml: { key: 'refine_branch', default: 'never' },
    help: 'bounds of neurons computed again along the branch: never, or where it is measured to pay',
  },
  branching: {
    kind: kinds.branching,
    forms: everyForm,
    from: 'complete',
    yaml: { key: 'branching', default: 'intercept' },
    abcrown: ['bab.branching.method'],
    default: 'intercept',
    help: 'which neuron is split next: intercept, babsr, fsb or kfsb',
  },
  candidates: {
    kind: kinds.whole(1),
    abcrown: ['bab.branching.candidates'],
    help: 'splits that fsb and kfsb try out',
  },
  reduce: {
    kind: kinds.text('<name>'),
    abcrown: ['bab.branching.reduceop'],
    help: 'how the two children of a split that is tried out are compared',
  },
  inputSplit: {
    kind: kinds.onOff,
    abcrown: ['bab.branching.input_split.enable'],
    help: 'halve the box of inputs first',
  },
  alphaIterations: {
    kind: kinds.whole(),
    yaml: { key: 'alpha.iterations', default: 100 },
    abcrown: ['solver.alpha-crown.iteration'],
    help: 'α iterations on the question’s own rows',
  },
  alphaRate: {
    kind: kinds.positive,
    yaml: { key: 'alpha.lr', default: 0.1 },
    abcrown: ['solver.alpha-crown.lr_alpha'],
    help: 'step size of α before the search',
  },
  alphaDecay: {
    kind: kinds.positive,
    abcrown: ['solver.alpha-crown.lr_decay'],
    help: 'factor of that step size after each iteration',
  },
  shareAlpha: {
    kind: kinds.onOff,
    forms: everyForm,
    from: 'bounds',
    yaml: { key: 'alpha.share', default: false },
    abcrown: ['solver.alpha-crown.share_alphas', 'solver.alpha-crown.share_slopes'],
    help: 'one α for the neurons of a layer bounded together: less memory, looser bounds',
  },
  intermediate: {
    kind: kinds.whole(),
    forms: everyForm,
    from: 'bounds',
    yaml: { key: 'alpha.intermediate', default: 20 },
    abcrown: ['solver.alpha-crown.no_joint_opt', 'solver.alpha-crown.fix_intermediate_layer_bounds'],
    default: '20',
    help: 'α iterations on intermediate bounds, 0 = fixed at CROWN’s',
  },
  betaIterations: {
    kind: kinds.whole(),
    yaml: { key: 'beta.iterations', default: 20 },
    abcrown: ['solver.beta-crown.iteration'],
    help: 'α and β iterations on a domain of the search',
  },
  betaAlphaRate: {
    kind: kinds.positive,
    yaml: { key: 'beta.lr_alpha', default: 0.01 },
    abcrown: ['solver.beta-crown.lr_alpha'],
    help: 'step size of α in the search',
  },
  betaRate: {
    kind: kinds.positive,
    yaml: { key: 'beta.lr_beta', default: 0.05 },
    abcrown: ['solver.beta-crown.lr_beta'],
    help: 'step size of β',
  },
  betaDecay: {
    kind: kinds.positive,
    yaml: { key: 'beta.decay', default: 0.98 },
    abcrown: ['solver.beta-crown.lr_decay'],
    help: 'factor of the step sizes after each iteration',
  },
  attackOrder: {
    kind: kinds.text('<name>'),
    abcrown: ['attack.pgd_order'],
    help: 'attack before the bounds, behind them, or not at all',
  },
  attackSteps: {
    kind: kinds.whole(),
    yaml: { key: 'pgd.steps', default: 100 },
    abcrown: ['attack.pgd_steps'],
    help: 'steps of the attack',
  },
  attackRestarts: {
    kind: kinds.whole(1),
    yaml: { key: 'pgd.restarts', default: 30 },
    abcrown: ['attack.pgd_restarts'],
    help: 'starts of the attack',
  },
  attackStep: {
    kind: kinds.positive,
    abcrown: ['attack.pgd_alpha'],
    help: 'size of a step of the attack',
  },
} as const satisfies Readonly<Record<string, OptionRow>>;
