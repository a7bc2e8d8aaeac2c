/** @file The choices of one verification. */
import type { ForwardBounds } from '../bounds/rootBounds.ts';
import type { FloatFormat } from '../certify/formats.ts';
import type { ProofRecorder } from '../certify/record.ts';
import type { LowerSlope } from '../bounds/nonlinear/lowerSlope.ts';
import type { AttackEffort } from './attackStage.ts';
import type { SearchProgress } from './branchAndBound.ts';
import type { RefineBranch } from './branchRefiner.ts';
import type { BranchingHeuristic } from './branching/heuristic.ts';
import type { BudgetOptions } from './budget.ts';
import type { Method } from './method.ts';
import type { RefineChoices } from './refineStage.ts';
import type { Effort } from './rowSearch.ts';

/** Proofs are checked where that costs little beside finding them (`confirm.ts`), always, or never. */
export const certifyChoices = ['auto', 'always', 'never'] as const;
export type Certify = (typeof certifyChoices)[number];

/** Choices of one verification; defaults follow α,β-CROWN. */
export interface VerifyOptions extends BudgetOptions {
  readonly branching?: string;
  /** How many candidates each score of the heuristic puts up, and how two children are compared; default: its own. */
  readonly branchingDetails?: Partial<Pick<BranchingHeuristic, 'candidates' | 'reduce'>>;
  readonly cheapAttack?: AttackEffort;
  readonly strongAttack?: AttackEffort;
  readonly rootEffort?: Effort;
  readonly domainEffort?: Effort;
  /** α iterations on intermediate bounds once CROWN has left rows open; 0: CROWN's bounds stay. Default 20. */
  readonly intermediateIterations?: number;
  /** Lower line of an unstable ReLU in CROWN, and where α starts. Default: adaptive. */
  readonly relaxation?: LowerSlope;
  /** One α for the neurons of a layer that are bounded together, instead of one for each. Default: false. */
  readonly sharedAlpha?: boolean;
  /** Forward linear bounds of intermediate neurons; default: before backward walks where inputs are few. */
  readonly forward?: ForwardBounds;
  /** Rows bounded in one run of the search. */
  readonly batchRows?: number;
  /** Input splitting before all other bounds; default: where it pays (planInputSplit). */
  readonly inputSplit?: boolean;
  /**
   * What decides what bounds leave open: branch and bound (default), the same on intermediate bounds refined by
   * integer programs, or integer programs alone (on refined bounds too).
   */
  readonly method?: Method;
  /** Effort of refining. */
  readonly refine?: RefineChoices;
  /**
   * Neurons that the whole box leaves inactive are taken out of the network that is searched, where that saves a fifth of
   * its weights. It costs programs of the box's own: default true only where a network is asked one question.
   */
  readonly dropInactive?: boolean;
  /** Intermediate bounds computed again along the branch: where it is measured to pay, or never. */
  readonly refineBranch?: RefineBranch;
  /** Threads that share the batches of a longer search (parallelRows); default 1. */
  readonly workers?: number;
  readonly seed?: number;
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Whether proofs are confirmed by the checker before they are told. Default: auto, or always with a certificate. */
  readonly certify?: Certify;
  /** The format in which checked proofs hold beside the reals, if they do. Default: as the property declares, else float32. */
  readonly roundoff?: FloatFormat;
  /** Where the certificate of a checked proof is written. */
  readonly certificate?: string;
  /** Told what a proof rests on, as it is found. */
  readonly recorder?: ProofRecorder | undefined;
}

/** α iterations on intermediate bounds, where CROWN alone does not decide. */
export const defaultIntermediateIterations = 20;
