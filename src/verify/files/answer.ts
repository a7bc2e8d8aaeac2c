/** @file Questions put to a network, and the answers in VNN-COMP's words. */
import type { Norm } from '../../bounds/ball.ts';
import type { InputDomain } from '../../data/domain.ts';
import type { SearchProgress } from '../branchAndBound.ts';
import type { VerifyOptions } from '../pipeline.ts';
import type { Targets } from '../specification.ts';
import type { ProofStep, UnknownReason, VerificationResult, Verdict, Witness } from '../verdict.ts';
import type { RowTexts } from './outputRows.ts';
import type { Subject } from './subject.ts';

/** Does the property of a .vnnlib file hold? */
export interface PropertyQuestion {
  readonly kind: 'vnnlib';
  readonly path: string;
}

/** How far a question is pursued: to the prediction, to the attack, to the bounds without a search, or to the end. */
export const depths = ['clean', 'attack', 'bounds', 'complete'] as const;
export type Depth = (typeof depths)[number];

/** Does an image keep its label within a distance? */
export interface ImageQuestion {
  readonly kind: 'image';
  /** Raw pixels in the order of the network's input. */
  readonly pixels: Float32Array;
  readonly label: number;
  /** Words that labels stand for, in their order, where the data has words: a network has an output for each. */
  readonly classNames?: readonly string[] | undefined;
  /** What inputs may be; absent: raw pixels 0..1 that all move by the radius. */
  readonly domain?: InputDomain | undefined;
  /** Radius in raw pixel units. */
  readonly epsilon: number;
  /** Of the radius; default the maximum norm. */
  readonly norm?: Norm;
  readonly targets: Targets;
  /** What the margins over the targets must exceed; default 0. */
  readonly threshold?: number;
  /** Unsafe outputs as inequalities, instead of the targets. */
  readonly unsafe?: RowTexts;
  readonly depth: Depth;
  /** A counterexample is drawn towards the image, to distances so far apart (raw pixel units); default: it is not. */
  readonly drawn?: number;
  /** Stands before what is said of the image, e.g. `labels.npy, image 3`. */
  readonly name?: string;
  /** What the network expects instead of raw pixels: (x − mean)/std, one number an element of the input. */
  readonly normalization?: { readonly mean: Float64Array; readonly std: Float64Array };
}

export type Question = PropertyQuestion | ImageQuestion;

/** What bounds and steers the work on one question. */
export interface Limits {
  /** Seconds for everything, from `startedAt` on; default none. */
  readonly timeoutSeconds?: number;
  /** When the time began, on the steady clock (`steadyClock`); default: when the call was made. */
  readonly startedAt?: number;
  /** Resident memory of the process; default 4 GiB. */
  readonly memoryBytes?: number;
  /** Choices of the pipeline; `memoryBytes` is what the domains of the search may take of the process's. */
  readonly choices?: Omit<VerifyOptions, 'signal' | 'onProgress' | 'timeoutSeconds'>;
  /** Threads of one operation; default: one a processor. */
  readonly threads?: number;
}

/** One question about one network. */
export interface Task {
  readonly subject: Subject;
  readonly question: Question;
  readonly limits: Limits;
}

/** Live figures: the search's own, and which of how many input boxes is being searched. */
export interface TaskProgress extends SearchProgress {
  readonly box: number;
  readonly boxes: number;
}

/** VNN-COMP's words: `unsat`: the property holds; `sat`: a counterexample is at hand. */
export type ResultWord = keyof typeof verdictKinds;

/** The one table of spellings: VNN-COMP's word → the verdict. */
export const verdictKinds = {
  unsat: 'verified',
  sat: 'falsified',
  timeout: 'unknown',
  unknown: 'unknown',
  error: 'unknown',
} as const satisfies Readonly<Record<string, Verdict['kind']>>;

/** Whether a word is one of VNN-COMP's that decide a question. */
export const decides = (word: string | undefined): boolean => word === 'unsat' || word === 'sat';

/** The answer, and what it cost. */
export interface Answer {
  readonly result: ResultWord;
  /** The step that decided it. */
  readonly by?: ProofStep | 'clean' | 'attack';
  /** Why it is open. */
  readonly why?: UnknownReason;
  readonly checked?: VerificationResult['checked'];
  readonly arithmetic?: VerificationResult['arithmetic'];
  /** Of the check; part of `seconds`. */
  readonly checkSeconds?: number;
  /** Why the certificate that was wanted could not be written; the proof stands. */
  readonly unwritten?: string;
  /** What the user should know of the question: why nothing is asked. */
  readonly remark?: string;
  readonly witness?: Witness;
  /** Of a counterexample that was drawn towards the image: the radius of a ball that holds it. */
  readonly distance?: number;
  /** Of the model's input, as its file gives it. */
  readonly inputShape?: readonly number[];
  /** What went wrong, where the result is `error`. */
  readonly message?: string;
  /** Whether what was given is at fault, not the program. */
  readonly userFault?: boolean;
  /** Predicted class of an image. */
  readonly prediction?: number;
  /** From `startedAt` on. */
  readonly seconds: number;
  readonly domains: number;
  /** −Infinity where none was computed. */
  readonly lowerBound: number;
  readonly unstableRatio: VerificationResult['unstableRatio'];
  /** CPU time of the process that worked on it, and its largest resident memory so far. */
  readonly cpuSeconds?: number;
  readonly peakMemoryBytes?: number;
}

/** A verdict in VNN-COMP's words: running out of memory is `unknown`. */
export function resultWord({ verdict }: Pick<VerificationResult, 'verdict'>): ResultWord {
  if (verdict.kind === 'verified') return 'unsat';
  if (verdict.kind === 'falsified') return 'sat';
  return verdict.why === 'timeout' ? 'timeout' : 'unknown';
}

/** The part of an answer that a verification gives. */
export function answerOf(result: Omit<VerificationResult, 'seconds'>): Omit<Answer, 'seconds'> {
  const { verdict, checked, arithmetic, checkSeconds, unwritten, domains, lowerBound, unstableRatio } =
    result;
  return {
    result: resultWord(result),
    ...(verdict.kind === 'unknown' ? { why: verdict.why } : { by: verdict.by }),
    ...(verdict.kind === 'falsified' && { witness: verdict.witness }),
    ...(checked !== undefined && { checked }),
    ...(arithmetic !== undefined && { arithmetic }),
    ...(checkSeconds !== undefined && { checkSeconds }),
    ...(unwritten !== undefined && { unwritten }),
    domains,
    lowerBound,
    unstableRatio,
  };
}

/** An answer that says nothing of the network. */
export function openAnswer(
  result: 'timeout' | 'unknown' | 'error',
  seconds: number,
  more: Pick<Answer, 'why' | 'message' | 'userFault'> = {},
): Answer {
  return { result, ...more, seconds, domains: 0, lowerBound: -Infinity, unstableRatio: {} };
}
