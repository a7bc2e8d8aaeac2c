/** @file A proof that was found, put into the checker's words and confirmed by its walk, within a limit of time. */
import type { BoundMachine } from '../bounds/machine.ts';
import { createRng } from '../data/rng.ts';
import type { CheckSession } from '../check/contracts.ts';
import { CheckFailure, type FailureKind } from '../check/failure.ts';
import type { InputSet, Property } from '../check/property/property.ts';
import type { Step } from '../check/certificate/steps.ts';
import { elaborateSet, OpenLeaf } from './elaborate.ts';
import { hintsOf, type Hints } from './hints.ts';
import { matchNeurons, type Matched, type SiteValues } from './matching.ts';
import { comparedPoints, proverValues } from './proverValues.ts';
import type { ProofRecord } from './recorder.ts';

/** What one specification's search has left, and its box in the units of the property. */
export interface RecordedSet {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly record: ProofRecord;
}

export interface CertifyTask {
  readonly property: Property;
  /** The checker of one set. @param float whether float32 is claimed too */
  readonly open: (set: InputSet, float: 'float32' | 'none', checkpoint: () => void) => CheckSession;
  readonly machine: BoundMachine;
  /** From the property's inputs to those of the specifications; increasing. */
  readonly toNetwork: (x: Float64Array) => Float64Array;
  /** From the property's inputs to those of the bounded network. */
  readonly toBounded: (x: Float64Array) => Float64Array;
  readonly records: readonly RecordedSet[];
  readonly limitSeconds: number;
  /** Whether the search halved inputs, and how many parts it bounded. */
  readonly halve: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((leaves: number) => void) | undefined;
  /** Begins a proof anew, whatever was emitted before. */
  readonly begin?: ((sets: number) => void) | undefined;
  readonly beginSet?: (() => void) | undefined;
  readonly emit?: ((step: Step) => void) | undefined;
}

export type Certified =
  | {
      readonly kind: 'yes';
      readonly arithmetic: 'float32' | 'real';
      readonly leaves: number;
      readonly worst: number;
    }
  /** Nothing is said about the proof. */
  | { readonly kind: 'no'; readonly why: string }
  /** The proof as it was recorded is none: a leaf has this bound. */
  | { readonly kind: 'open'; readonly bound: number };

/** Ends the work: it takes longer than it may. */
class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  /** In all, at a guess. */
  readonly seconds: number;
  constructor(seconds: number) {
    super(`about ${seconds} s`);
    this.seconds = seconds;
  }
}

/** Multiply-accumulates of the checker's walks in a second, at a guess, before anything is measured. */
const firstRate = 8e8;

const furtherDomains = 2000;

/**
 * Confirms a proof: in float32 in any order where that holds, else in real arithmetic.
 * @throws the signal's reason; errors of the checker that are no failures of a proof
 */
export async function certify(task: CertifyTask): Promise<Certified> {
  const started = performance.now();
  try {
    const found = await confirmIn(task, 'float32', started);
    return found.kind !== 'yes' ? await confirmIn(task, 'none', started) : found;
  } catch (error) {
    if (error instanceof OutOfTime) return { kind: 'no', why: `would take ${secondsText(error.seconds)}` };
    throw error;
  }
}

/** What a failure means for a proof that is being made: nothing, where the checker does not know the question. */
export function unchecked(error: unknown): Certified {
  const beyond: readonly FailureKind[] = ['property-fields', 'not-finite'];
  if (error instanceof CheckFailure && (error.outcome === 'unchecked' || beyond.includes(error.kind)))
    return { kind: 'no', why: error.message.replace(/\.$/, '') };
  throw error;
}

const secondsText = (seconds: number): string =>
  `about ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;

async function confirmIn(task: CertifyTask, float: 'float32' | 'none', started: number): Promise<Certified> {
  const { property, records, limitSeconds, signal, begin, beginSet, emit = () => {}, onProgress } = task;
  const elapsed = (): number => (performance.now() - started) / 1000;
  let [expected, before] = [0, 0];
  const requireTime = (): void => {
    signal?.throwIfAborted();
    if (elapsed() > limitSeconds) throw new OutOfTime(Math.max(expected, 2 * limitSeconds));
  };
  const total = { leaves: 0, worst: Infinity };
  begin?.(property.sets.length);
  for (const set of property.sets) {
    beginSet?.();
    const session = task.open(set, float, requireTime);
    const own = { lower: task.toNetwork(set.lower), upper: task.toNetwork(set.upper) };
    const mine = records.filter((r) => sameBox(r, own));
    const [known] = mine;
    expected = before + workOf(session, mine) / firstRate;
    if (expected > limitSeconds) throw new OutOfTime(expected);
    const hints = known && (await hintsFor(task, session, set, known.record));
    requireTime();
    try {
      const done = elaborateSet({
        session,
        set,
        hints,
        halve: task.halve,
        emit,
        furtherDomains,
        checkpoint({ leaves }) {
          requireTime();
          onProgress?.(total.leaves + leaves);
        },
      });
      total.leaves += done.leaves;
      total.worst = Math.min(total.worst, done.worst);
    } catch (error) {
      if (!(error instanceof OpenLeaf)) throw error;
      const reason = mine.map(({ record }) => record.reason()).find((why) => why !== undefined);
      if (error.recorded && reason === undefined) return { kind: 'open', bound: error.bound };
      return { kind: 'no', why: reason ?? 'a part of the search leaves no multipliers that close it' };
    }
    before = elapsed();
  }
  return { kind: 'yes', arithmetic: float === 'none' ? 'real' : 'float32', ...total };
}

/** Both come from the same numbers, one of them rounded outward. */
function sameBox(
  a: { readonly lower: Float64Array; readonly upper: Float64Array },
  b: { readonly lower: Float64Array; readonly upper: Float64Array },
): boolean {
  const near = (x: number, y: number): boolean => Math.abs(x - y) <= 1e-6 * Math.max(1, Math.abs(x));
  return (
    a.lower.length === b.lower.length &&
    a.lower.every((low, i) => near(low, b.lower[i]) && near(a.upper[i], b.upper[i]))
  );
}

/** Multiply-accumulates of checking a set: rows of intermediate neurons pass half the network, leaves all of it. */
function workOf(session: CheckSession, records: readonly RecordedSet[]): number {
  const rows = records.reduce((n, { record }) => n + record.rows().length, 0);
  const leaves = records.reduce((n, { record }) => n + record.leaves(), 0);
  return session.cost * (rows / 2 + leaves);
}

/** The record of a set in the checker's words; undefined where intervals sufficed. */
async function hintsFor(
  { machine, toBounded }: CertifyTask,
  session: CheckSession,
  set: InputSet,
  record: ProofRecord,
): Promise<Hints | undefined> {
  const bounded = record.bounded();
  if (!bounded) return undefined;
  const points = pointsOf(set);
  const inputs = Float32Array.from(points.flatMap((x) => [...toBounded(x)]));
  const theirs = points.map((x) => session.evaluate(x).sites);
  const values = session.sites.map((_, site): SiteValues => theirs.map((sites) => sites[site]));
  const found = async (net: typeof bounded): Promise<ReadonlyMap<string, Matched>> => {
    const ours = await proverValues(machine, net, inputs);
    const matches = matchNeurons([...ours.values()], values);
    return new Map([...ours.keys()].map((name, i) => [name, matches[i]] as const));
  };
  const inBounded = await found(bounded);
  const searched = record.searched()?.net;
  const inSearched = searched === undefined || searched === bounded ? inBounded : await found(searched);
  return hintsOf(
    record,
    { bounded: inBounded, searched: inSearched },
    session.sites.map(({ outputs }) => outputs),
  );
}

/** Corners and other points of a set's box. */
function pointsOf({ lower, upper }: InputSet): Float64Array[] {
  const rng = createRng('points to compare');
  return Array.from({ length: comparedPoints }, (_, p) =>
    lower.map((low, i) => {
      const share = p % 2 === 0 ? (rng.next() < 0.5 ? 0 : 1) : rng.next();
      return low + share * (upper[i] - low);
    }),
  );
}
