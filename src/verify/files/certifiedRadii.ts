/** @file Certified radii of images: within which distance is the label proved to stay, and where is it known not to? */
import {
  bracketOf,
  nextQuestion,
  type RadiusEnds,
  type RadiusQuestion,
  type RadiusStep,
} from '../radius/bisection.ts';
import type { UnknownReason } from '../verdict.ts';
import type { Answer, Depth, ImageQuestion, Limits } from './answer.ts';
import { overImages, type ImagesListener, type ImagesWork } from './overImages.ts';
import { withCertificates } from './verifyImages.ts';

/** A step with what it cost, as it is kept. */
export interface AnsweredStep extends RadiusStep {
  readonly by?: Answer['by'];
  readonly why?: UnknownReason;
  readonly checked?: Answer['checked'];
  readonly arithmetic?: Answer['arithmetic'];
  readonly seconds: number;
  readonly domains: number;
}

/** What is known of an image's radius. */
export interface CertifiedRadius {
  readonly prediction: number;
  /** Largest radius proved; 0: of the image alone, or, where it is misclassified, nothing. */
  readonly lower: number;
  /** Distance of the nearest counterexample; Infinity: none up to the far end. */
  readonly upper: number;
  /** The step that proved the one and the one that refuted the other; `clean`: the class of the image. */
  readonly lowerBy?: Answer['by'];
  readonly upperBy?: Answer['by'];
  /** Why bounds lie further apart than the tolerance; `max_domains`: searches ended by their number of domains. */
  readonly why?: UnknownReason | 'max_domains';
  /** Of the proof of the lower bound. */
  readonly checked?: Answer['checked'];
  readonly arithmetic?: Answer['arithmetic'];
  readonly questions: number;
  readonly seconds: number;
  readonly domains: number;
}

export interface RadiiTask extends Omit<ImagesWork, 'clean'> {
  /** The question about one radius. */
  readonly question: (index: number, epsilon: number) => ImageQuestion;
  readonly ends: RadiusEnds;
  /** How far questions go: bounds alone, or a search. */
  readonly depth: Exclude<Depth, 'clean' | 'attack'>;
  /** Steps of earlier calls. */
  readonly kept: (index: number) => readonly AnsweredStep[];
  /** Folder of the certificates of lower bounds, by index. */
  readonly certificates?: string;
}

export interface RadiiListener extends ImagesListener {
  /** Called with every new step, before the next; its answer holds a counterexample where one was found. */
  readonly onStep: (step: AnsweredStep, answer: Answer, index: number) => void;
  /** Called in the order of completion. */
  readonly onRadius: (radius: CertifiedRadius, index: number) => void;
}

/**
 * Of what is left of an image's time, the most that one search may take: what is hard at one radius is easy at another.
 * Bounds alone may take all: ending them would end a process that has just compiled its programs.
 */
const shareOfRest = 0.5;
/** But so much it may take, if so much is left: less is hardly a search, and its end costs the process its programs. */
const leastSearchSeconds = 2;
/** With less time left nothing is asked. */
const leastSeconds = 0.05;

/**
 * Finds the radius of every image by bisection, in one process for each image, which keeps the compiled network. The
 * time limit is that of an image, all its questions together, those of earlier calls included.
 * @throws as `overImages`; an Error where a proof and a counterexample contradict each other
 */
export async function certifiedRadii(task: RadiiTask, listener: RadiiListener): Promise<void> {
  const { question, ends, depth, kept, certificates, limits } = task;
  const { timeoutSeconds = Infinity } = limits;
  const work = { ...task, clean: (index: number) => question(index, 0) };
  await overImages(work, listener, async ({ index, known, ask }) => {
    const steps = [...kept(index)];
    const left = (): number => timeoutSeconds - steps.reduce((sum, { seconds }) => sum + seconds, 0);
    const asked = async (epsilon: number, how: Depth, label: RadiusStep['depth']): Promise<void> => {
      const share: Limits = {
        ...limits,
        timeoutSeconds:
          label === 'bounds' || epsilon === 0
            ? left()
            : Math.min(left(), Math.max(shareOfRest * left(), leastSearchSeconds)),
      };
      const answer = await ask(
        { ...question(index, epsilon), depth: how, drawn: ends.tolerance / 4 },
        withCertificates(share, certificates, index),
      );
      const step = stepOf(epsilon, label, answer);
      steps.push(step);
      requireAgreement(steps, index);
      listener.onStep(step, answer, index);
    };
    const misclassified = known.by === 'clean' && !question(index, 0).unsafe;
    if (!misclassified) {
      // Other questions than the label's are open at the image itself.
      if (beyondLabel(question(index, 0)) && !steps.some(({ epsilon }) => epsilon === 0))
        await asked(0, depth, 'deepest');
      for (
        let next = openQuestion(steps, ends);
        next && left() > leastSeconds;
        next = openQuestion(steps, ends)
      )
        await asked(next.epsilon, next.depth === 'bounds' ? 'bounds' : depth, next.depth);
    }
    const { maxDomains } = limits.choices ?? {};
    listener.onRadius(radiusOf(steps, { ...ends, maxDomains }, known.prediction!, misclassified), index);
  });
}

/** The next question; none where the image itself is not safe, or it is not known to be. */
const openQuestion = (steps: readonly AnsweredStep[], ends: RadiusEnds): RadiusQuestion | undefined =>
  steps.some(({ epsilon, found }) => epsilon === 0 && found !== 'verified')
    ? undefined
    : nextQuestion(steps, ends);

/** Whether the class alone does not tell that the image itself is safe. */
const beyondLabel = ({ unsafe, targets, threshold = 0 }: ImageQuestion): boolean =>
  unsafe !== undefined || targets === 'all-positive' || threshold !== 0;

function stepOf(epsilon: number, depth: RadiusStep['depth'], answer: Answer): AnsweredStep {
  const { result, by, why, distance, checked, arithmetic, seconds, domains } = answer;
  return {
    epsilon,
    depth,
    found: result === 'unsat' ? 'verified' : result === 'sat' ? 'falsified' : 'open',
    ...(distance !== undefined && { distance }),
    ...(by !== undefined && { by }),
    ...(why !== undefined && { why }),
    ...(checked !== undefined && { checked }),
    ...(arithmetic !== undefined && { arithmetic }),
    seconds,
    domains,
  };
}

/** A proof and a counterexample within it: one of both is wrong, and neither may be told. */
function requireAgreement(steps: readonly RadiusStep[], index: number): void {
  const { lower, upper } = bracketOf(steps);
  const refuted = steps.some(({ found }) => found === 'falsified');
  const proved = steps.some(({ found }) => found === 'verified');
  if (proved && refuted && lower >= upper)
    throw new Error(
      `Image ${index}: radius ${lower} is proved, yet there is a counterexample at ${upper}. This is a fault of the program.`,
    );
}

/**
 * @param ends with the domains that one search may take
 * @param misclassified nothing was asked: the image is its own counterexample
 */
function radiusOf(
  steps: readonly AnsweredStep[],
  { maxDomains = Infinity, ...ends }: RadiusEnds & { readonly maxDomains?: number | undefined },
  prediction: number,
  misclassified: boolean,
): CertifiedRadius {
  const cost = {
    prediction,
    questions: steps.length,
    seconds: steps.reduce((sum, { seconds }) => sum + seconds, 0),
    domains: steps.reduce((sum, { domains }) => sum + domains, 0),
  };
  if (misclassified) return { lower: 0, upper: 0, upperBy: 'clean', ...cost };
  const { lower, upper } = bracketOf(steps);
  const proof = steps.find(({ found, epsilon }) => found === 'verified' && epsilon === lower);
  const refutation = steps.find(
    ({ found, epsilon, distance = epsilon }) => found === 'falsified' && distance === upper,
  );
  const open = steps.findLast(({ found, why }) => found === 'open' && why !== 'not asked');
  const settled = upper - lower <= ends.tolerance || lower >= ends.to;
  const why = open?.why === 'timeout' && open.domains >= maxDomains ? 'max_domains' : open?.why;
  const unasked = openQuestion(steps, ends) === undefined ? 'not asked' : 'timeout';
  return {
    lower,
    upper,
    lowerBy: proof?.by ?? 'clean',
    ...(refutation?.by !== undefined && { upperBy: refutation.by }),
    ...(!settled && { why: why ?? unasked }),
    ...(proof?.checked !== undefined && { checked: proof.checked }),
    ...(proof?.arithmetic !== undefined && { arithmetic: proof.arithmetic }),
    ...cost,
  };
}
