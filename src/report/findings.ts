/** @file What the numbers say: the headline, certified tickets, and how far chance could explain them. */
import { atChance } from './levels.ts';
import { counted, listed, percent, probability, remaining } from './format.ts';
import { wilsonInterval, certifiedShare, pairedDifference, type PairedDifference } from './intervals.ts';
import { verifiedStates, type RunData, type VerifiedState } from './runData.ts';
import { ticketsOf, type CertifiedTicket } from './tickets.ts';

/** The findings of one run. */
export interface Findings {
  /** One sentence, plain text. */
  readonly headline: string;
  /** Further sentences, most important first. */
  readonly remarks: readonly string[];
  readonly tickets: readonly CertifiedTicket[];
}

/** A share of counted images with its Wilson interval, in words. */
export function shareWithInterval(successes: number, images: number): string {
  const { lower, upper } = wilsonInterval(successes, images);
  return `${percent(successes / images)} (95 % interval ${percent(lower)} to ${percent(upper)})`;
}

/** The state with the highest certified share; among equals the sparsest. */
function bestOf(states: readonly VerifiedState[]): VerifiedState {
  return states.reduce((best, state) =>
    certifiedShare(state.verification) >= certifiedShare(best.verification) ? state : best,
  );
}

/** What the run found, in sentences that hold whatever the numbers are. */
export function findingsOf(run: RunData): Findings {
  const verified = verifiedStates(run);
  const finished = verified.filter((state) => state.verification.complete);
  // A state verified on its first few images only says little: it speaks where nothing better is at hand.
  const states = finished.length > 0 ? finished : verified;
  const tickets = ticketsOf([run]);
  if (states.length === 0) {
    return { headline: 'No state has been verified yet.', remarks: [], tickets };
  }
  const dense = states.find((state) => state.remainRatio === 1);
  const sparse = states.filter((state) => state.remainRatio < 1);
  if (dense === undefined || sparse.length === 0) {
    const { counts } = states[0].verification;
    const what =
      dense === undefined
        ? `the state with ${remaining(states[0].remainRatio)} of its weights`
        : 'the dense network';
    return {
      headline: `${percent(counts.certified / counts.images)} of ${counted(counts.images, 'image')} are proven robust for ${what}.`,
      remarks: [intervalRemark(states[0])],
      tickets,
    };
  }
  const best = bestOf(sparse);
  const difference = pairedDifference(dense.verification, best.verification);
  const headline = headlineOf(dense, best, difference);
  const remarks = [
    chanceRemark(difference),
    ticketRemark(tickets, best),
    sparsestRemark(sparse, best),
    openRemark(states),
    intervalRemark(dense),
  ];
  return { headline, remarks: remarks.filter((remark) => remark !== ''), tickets };
}

/** Says whether a paired difference could be chance. */
export function judgement(difference: PairedDifference): string {
  if (difference.gained === 0 && difference.lost === 0) return 'the same images are certified';
  return `${difference.gained} gained, ${difference.lost} lost, exact McNemar ${probability(difference.p)}: ${
    beyondChance(difference) ? 'more than chance would give' : 'within what chance would give'
  }`;
}

/** A rise or a fall only where the images of both states tell it from chance. */
function headlineOf(
  dense: VerifiedState,
  best: VerifiedState,
  difference: PairedDifference | undefined,
): string {
  const from = certifiedShare(dense.verification);
  const to = certifiedShare(best.verification);
  const where = `${remaining(best.remainRatio)} remaining weights`;
  if (to === from) return `Certified accuracy stays at ${percent(from)}, dense and at ${where}.`;
  if (difference && !beyondChance(difference))
    return `Certified accuracy moves no more than chance would: ${percent(from)} dense, at best ${percent(to)} at ${where}.`;
  return to > from
    ? `Certified accuracy rises from ${percent(from)} (dense) to ${percent(to)} at ${where}.`
    : `Certified accuracy falls with pruning: ${percent(from)} dense, at best ${percent(to)} at ${where}.`;
}

const beyondChance = ({ p }: PairedDifference): boolean => p < 0.05;

function chanceRemark(difference: PairedDifference | undefined): string {
  if (difference === undefined) return '';
  return (
    `Image by image against the dense network, on ${counted(difference.images, 'image')}: ${judgement(difference)}. ` +
    'The best state is picked after the fact, so read the figure as an upper end.'
  );
}

function ticketRemark(tickets: readonly CertifiedTicket[], best: VerifiedState): string {
  if (atChance([best.verification]))
    return 'What a constant answer would certify is no achievement: no certified ticket.';
  const names = (outright: boolean): string =>
    listed(
      tickets
        .filter((ticket) => ticket.outright === outright)
        .map((ticket) => `${ticket.state} (${remaining(ticket.remainRatio)})`),
    );
  const outright = tickets.filter((ticket) => ticket.outright).length;
  const near = tickets.length - outright;
  const first =
    outright === 0
      ? 'No sparse state matches the dense network in both standard and certified accuracy: no certified ticket.'
      : `${outright === 1 ? 'State' : 'States'} ${names(true)} ${
          outright === 1
            ? 'is a certified ticket: it matches or beats'
            : 'are certified tickets: they match or beat'
        } the dense network in both standard and certified accuracy.`;
  if (near === 0) return first;
  return `${first} ${near === 1 ? 'State' : 'States'} ${names(false)} ${near === 1 ? 'falls' : 'fall'} short of it by no more than noise: with one seed, that is the 95 % interval that the dense network’s images give.`;
}

function sparsestRemark(sparse: readonly VerifiedState[], best: VerifiedState): string {
  const last = sparse.at(-1)!;
  if (last.state === best.state) return '';
  const { counts } = last.verification;
  return `The sparsest state, at ${remaining(last.remainRatio)}, keeps ${percent(counts.certified / counts.images)} certified and ${percent(counts.standard / counts.images)} standard accuracy.`;
}

function openRemark(states: readonly VerifiedState[]): string {
  const open = states.reduce((sum, { verification }) => sum + verification.counts.unknown, 0);
  const images = states.reduce((sum, { verification }) => sum + verification.counts.images, 0);
  if (open === 0) return `All ${counted(images, 'verdict')} are settled: nothing is left open.`;
  return `${counted(open, 'verdict')} of ${images} (${percent(open / images)}) ${open === 1 ? 'is' : 'are'} left open; they count as not certified.`;
}

function intervalRemark(state: VerifiedState): string {
  const { counts } = state.verification;
  return `At ${counts.images} images a share is known no better than this: ${stateWords(state)}, certified ${shareWithInterval(counts.certified, counts.images)}.`;
}

function stateWords(state: VerifiedState): string {
  return state.remainRatio === 1 ? 'dense' : `at ${remaining(state.remainRatio)}`;
}
