/** @file Certified tickets: sparse states that match or beat the dense network in standard and certified accuracy. */
import { atChance, grouped, shareOf, spreadOf, type AccuracyName } from './levels.ts';
import { wilsonInterval, pairedDifference, type PairedDifference } from './intervals.ts';
import { verifiedStates, type RunData, type VerifiedState } from './runData.ts';

/** A sparse state that keeps up with the dense network. */
export interface CertifiedTicket {
  readonly state: number;
  readonly remainRatio: number;
  /** `true`: matches or beats it in both accuracies; `false`: falls short by no more than noise. */
  readonly outright: boolean;
  /** Runs of the study in which both states were verified to the end. */
  readonly seeds: number;
  /** One seed: image by image against the dense state; absent where a table of images is missing. */
  readonly difference?: PairedDifference;
}

/** A state and the dense one of the same run. */
interface Pair {
  readonly dense: VerifiedState;
  readonly sparse: VerifiedState;
}

/** How a sparse state's accuracy stands to the dense one's. */
interface Standing {
  readonly matches: boolean;
  readonly withinNoise: boolean;
}

/**
 * Standard accuracy on the whole test set where both states record it (more images, less noise), else that of the
 * verified images; certified accuracy on the verified images.
 */
function difference({ dense, sparse }: Pair, name: AccuracyName): number {
  const a = dense.meta?.standard;
  const b = sparse.meta?.standard;
  if (name === 'standard' && a !== undefined && b !== undefined) return b - a;
  return shareOf(sparse, name) - shareOf(dense, name);
}

/**
 * One seed: noise is that of the images, a share no lower than the dense state's 95 % Wilson interval. Several: a mean
 * difference no further below 0 than its standard deviation over the seeds.
 */
function standing(pairs: readonly Pair[], name: AccuracyName): Standing {
  const { mean, deviation } = spreadOf(pairs.map((pair) => difference(pair, name)));
  if (deviation !== undefined) return { matches: mean >= 0, withinNoise: mean >= -deviation };
  const [{ dense, sparse }] = pairs;
  const { lower } = wilsonInterval(dense.verification.counts[name], dense.verification.counts.images);
  return { matches: mean >= 0, withinNoise: mean >= 0 || shareOf(sparse, name) >= lower };
}

/**
 * The tickets of one study, densest first. A state that certifies no more than chance is none, whatever the dense one does.
 * @param runs runs that differ in the seed alone; only completely verified states take part
 */
export function ticketsOf(runs: readonly RunData[]): CertifiedTicket[] {
  const pairs = runs.flatMap((run) => {
    const states = verifiedStates(run).filter((state) => state.verification.complete);
    const dense = states.find((state) => state.remainRatio === 1);
    return dense === undefined
      ? []
      : states.filter((state) => state.remainRatio < 1).map((sparse): Pair => ({ dense, sparse }));
  });
  return [...grouped(pairs, ({ sparse }) => sparse.state)]
    .flatMap(([state, own]): CertifiedTicket[] => {
      if (atChance(own.map(({ sparse }) => sparse.verification))) return [];
      const both = [standing(own, 'standard'), standing(own, 'certified')];
      if (!both.every((one) => one.withinNoise)) return [];
      const { mean: remainRatio } = spreadOf(own.map(({ sparse }) => sparse.remainRatio));
      const paired =
        own.length === 1 && pairedDifference(own[0].dense.verification, own[0].sparse.verification);
      const outright = both.every((one) => one.matches);
      return [{ state, remainRatio, outright, seeds: own.length, ...(paired && { difference: paired }) }];
    })
    .toSorted((a, b) => b.remainRatio - a.remainRatio || a.state - b.state);
}
