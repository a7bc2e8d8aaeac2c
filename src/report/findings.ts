/** @file What the numbers say: the headline, certified tickets, and how far chance could explain them. */

import { counted, listed, percent, probability, remaining } from './format.ts';
import { mcNemarExact, wilsonInterval } from './intervals.ts';
import { verifiedStates } from './runData.ts';
import type { RunData, StateVerification, VerifiedState } from './runData.ts';

/** Two states compared image by image on certificates. */
export interface PairedDifference {
  readonly gained: number;
  readonly lost: number;
  /** Images that both states were verified on. */
  readonly images: number;
  /** Exact McNemar p. */
  readonly p: number;
}

/** A state that matches or beats the dense network in both standard and certified accuracy. */
export interface CertifiedTicket {
  readonly state: number;
  readonly remainRatio: number;
  /** Image by image against the dense state; absent where a table of images is missing. */
  readonly difference?: PairedDifference;
}

/** The findings of one run. */
export interface Findings {
  /** One sentence, plain text. */
  readonly headline: string;
  /** Further sentences, most important first. */
  readonly remarks: readonly string[];
  readonly tickets: readonly CertifiedTicket[];
}

/** The certified share of a verification, 0..1. */
export function certifiedShare(verification: StateVerification): number {
  return verification.counts.certified / verification.counts.images;
}

/** A share of counted images with its Wilson interval, in words. */
export function shareWithInterval(successes: number, images: number): string {
  const { lower, upper } = wilsonInterval(successes, images);
  return `${percent(successes / images)} (95 % interval ${percent(lower)} to ${percent(upper)})`;
}

/** Compares the certificates of two states on the images both were verified on. */
export function pairedDifference(
  from: StateVerification,
  to: StateVerification,
): PairedDifference | undefined {
  const before = new Map(from.rows.map((row) => [row.index, row.verdict === 'verified']));
  let gained = 0;
  let lost = 0;
  let images = 0;
  for (const row of to.rows) {
    const was = before.get(row.index);
    if (was === undefined) continue;
    images++;
    const is = row.verdict === 'verified';
    if (is && !was) gained++;
    if (was && !is) lost++;
  }
  return images === 0 ? undefined : { gained, lost, images, p: mcNemarExact(gained, lost) };
}

/**
 * The standard accuracies by which a state is compared with the dense one: on the whole test set where both states
 * record it (more images, less noise), else on the verified images.
 */
function standardPair(dense: VerifiedState, other: VerifiedState): [number, number] {
  const a = dense.meta?.standard;
  const b = other.meta?.standard;
  if (a !== undefined && b !== undefined) return [a, b];
  const share = ({ counts }: StateVerification): number => counts.standard / counts.images;
  return [share(dense.verification), share(other.verification)];
}

/** The certified tickets among the completely verified sparse states, densest first. */
export function certifiedTickets(run: RunData): CertifiedTicket[] {
  const states = verifiedStates(run);
  const dense = states.find((state) => state.remainRatio === 1 && state.verification.complete);
  if (dense === undefined) return [];
  return states.flatMap((state) => {
    if (state.remainRatio >= 1 || !state.verification.complete) return [];
    const [denseStandard, standard] = standardPair(dense, state);
    if (standard < denseStandard) return [];
    if (certifiedShare(state.verification) < certifiedShare(dense.verification)) return [];
    const difference = pairedDifference(dense.verification, state.verification);
    return [{ state: state.state, remainRatio: state.remainRatio, ...(difference && { difference }) }];
  });
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
  const tickets = certifiedTickets(run);
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
  const from = certifiedShare(dense.verification);
  const to = certifiedShare(best.verification);
  const where = `${remaining(best.remainRatio)} remaining weights`;
  const headline =
    to > from
      ? `Certified accuracy rises from ${percent(from)} (dense) to ${percent(to)} at ${where}.`
      : to === from
        ? `Certified accuracy stays at ${percent(from)}, dense and at ${where}.`
        : `Certified accuracy falls with pruning: ${percent(from)} dense, at best ${percent(to)} at ${where}.`;
  const remarks = [
    chanceRemark(dense, best),
    ticketRemark(tickets),
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
    difference.p < 0.05 ? 'more than chance would give' : 'within what chance would give'
  }`;
}

function chanceRemark(dense: VerifiedState, best: VerifiedState): string {
  const difference = pairedDifference(dense.verification, best.verification);
  if (difference === undefined) return '';
  return (
    `Image by image against the dense network, on ${counted(difference.images, 'image')}: ${judgement(difference)}. ` +
    'The best state is picked after the fact, so read the figure as an upper end.'
  );
}

function ticketRemark(tickets: readonly CertifiedTicket[]): string {
  if (tickets.length === 0) {
    return 'No sparse state matches the dense network in both standard and certified accuracy: no certified ticket.';
  }
  const names = listed(tickets.map((ticket) => `${ticket.state} (${remaining(ticket.remainRatio)})`));
  const verb =
    tickets.length === 1
      ? 'is a certified ticket: it matches or beats'
      : 'are certified tickets: they match or beat';
  return `${tickets.length === 1 ? 'State' : 'States'} ${names} ${verb} the dense network in both standard and certified accuracy.`;
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
