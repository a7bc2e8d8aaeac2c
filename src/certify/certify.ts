/** @file A proof that was found, put into the checker's words and confirmed by its walk, within a limit of time. */
import type { BoundMachine } from '../bounds/machine.ts';
import { createRng } from '../data/rng.ts';
import type { Arithmetic, CheckSession } from '../check/contracts.ts';
import { CheckFailure, type FailureKind } from '../check/failure.ts';
import type { InputSet, Property } from '../check/property/property.ts';
import type { Step } from '../check/certificate/steps.ts';
import type { BoxTree } from './boxTree.ts';
import { elaborateSet } from './elaborate.ts';
import type { FloatFormat } from './formats.ts';
import type { KnownBoxes } from './halving.ts';
import { hintsOf, type Hints } from './hints.ts';
import { OpenLeaf, type Standing } from './leafQueue.ts';
import { matchNeurons, type Matched, type SiteValues } from './matching.ts';
import { comparedPoints, proverValues } from './proverValues.ts';
import type { ProofRecord } from './recorder.ts';
import { counted, workOfNeurons, workOfRow } from './work.ts';
import { OutOfTime, spending, type CertifyLimits } from './spending.ts';
import { SpoolFailure } from './spool.ts';

/** What one specification's search has left, and its box in the units of the property. */
export interface RecordedSet {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly record: ProofRecord;
}

export interface CertifyTask {
  readonly property: Property;
  /** The format that is claimed beside the reals, where that holds. */
  readonly format: FloatFormat;
  /** Whether a proof in real arithmetic is one of what is asked. */
  readonly realsSuffice: boolean;
  /** The checker of one set. @param float whether a format is claimed too */
  readonly open: (set: InputSet, float: Arithmetic['float'], checkpoint: () => void) => CheckSession;
  readonly machine: BoundMachine;
  /** From the property's inputs to those of the specifications; increasing. */
  readonly toNetwork: (x: Float64Array) => Float64Array;
  /** From the property's inputs to those of the bounded network. */
  readonly toBounded: (x: Float64Array) => Float64Array;
  readonly records: readonly RecordedSet[];
  readonly limits: CertifyLimits;
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
      /** What it holds for. */
      readonly arithmetic: FloatFormat | 'real';
      /** In what its bounds are derived and its leaves asked first. */
      readonly asked: Arithmetic['float'];
      readonly leaves: number;
      readonly worst: number;
      /** Why its certificate could not be written. */
      readonly unwritten?: string;
    }
  /** Nothing is said about the proof. */
  | { readonly kind: 'no'; readonly why: string }
  /** The proof as it was recorded is none: a leaf has this bound. */
  | { readonly kind: 'open'; readonly bound: number };

/**
 * Confirms a proof: in the format, in any order of summation, where that holds, else in real arithmetic. Bounds that hold in
 * the format hold in the reals; only where they are too wide is the proof begun anew without it.
 * @throws the signal's reason; errors of the checker that are no failures of a proof
 */
export async function certify(task: CertifyTask): Promise<Certified> {
  const spent = spending(task.limits, task.signal);
  try {
    let wasFormat = false;
    const found = await confirmIn(task, task.format, spent, () => (wasFormat = true));
    if (found.kind === 'yes' || !task.realsSuffice || !wasFormat) return found;
    return await confirmIn(task, 'none', spent);
  } catch (error) {
    if (error instanceof OutOfTime) return { kind: 'no', why: `would take ${secondsText(error.seconds)}` };
    if (error instanceof SpoolFailure) return { kind: 'no', why: error.message.replace(/\.$/, '') };
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

/** @param onFormat called where bounds are derived in the format */
async function confirmIn(
  task: CertifyTask,
  format: Arithmetic['float'],
  { requireTime, expect, spend }: ReturnType<typeof spending>,
  onFormat?: () => void,
): Promise<Certified> {
  const { property, records, begin, beginSet, emit = () => {}, onProgress } = task;
  const standing: Standing = { inReals: format === 'none', realsSuffice: task.realsSuffice };
  let asked: Arithmetic['float'] = 'none';
  /** In the format wherever the checker will: where it can compute in it at all. */
  const open = (set: InputSet): CheckSession => {
    if (format === 'none') return task.open(set, 'none', requireTime);
    try {
      const session = task.open(set, format, requireTime);
      asked = format;
      onFormat?.();
      return session;
    } catch (error) {
      if (!task.realsSuffice || !isBeyondFormat(error)) throw error;
      standing.inReals = true;
      return task.open(set, 'none', requireTime);
    }
  };
  const total = { leaves: 0, worst: Infinity };
  begin?.(property.sets.length);
  for (const set of property.sets) {
    beginSet?.();
    const session = counted(open(set), spend);
    const own = { lower: task.toNetwork(set.lower), upper: task.toNetwork(set.upper) };
    const mine = records.filter((r) => sameBox(r, own));
    const [known] = mine;
    expect(session, workOf(session, mine));
    const hints = known && (await hintsFor(task, session, set, known.record));
    const boxes = known?.record.boxes();
    requireTime();
    try {
      const done = elaborateSet({
        session,
        set,
        hints,
        standing,
        boxes: boxes && inProperty(boxes, set, task.toBounded),
        emit,
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
      return reason === undefined ? { kind: 'open', bound: error.bound } : { kind: 'no', why: reason };
    }
  }
  return { kind: 'yes', arithmetic: standing.inReals ? 'real' : task.format, asked, ...total };
}

/** A format that a network may exceed, or in which the checker does not know an operator. */
const isBeyondFormat = (error: unknown): boolean =>
  error instanceof CheckFailure && (error.kind === 'not-finite' || error.kind === 'arithmetic-unknown');

/** Boxes in the inputs of the property, which those of the bounded network are increasing affine functions of. */
function inProperty(
  { at, size }: BoxTree,
  { lower, upper }: InputSet,
  toBounded: (x: Float64Array) => Float64Array,
): KnownBoxes {
  const [low, high] = [toBounded(lower), toBounded(upper)];
  const back = (value: number, i: number): number =>
    high[i] > low[i] ? lower[i] + ((value - low[i]) / (high[i] - low[i])) * (upper[i] - lower[i]) : value;
  return {
    size,
    at(box) {
      const known = at(box);
      return (
        known && {
          ...known,
          lower: known.lower.map(back),
          upper: known.upper.map(back),
          value: back(known.value, known.input),
        }
      );
    },
  };
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

/** What checking a set costs where every leaf closes at once. */
function workOf(session: CheckSession, records: readonly RecordedSet[]): number {
  const rows = records.reduce((n, { record }) => n + record.rows().length, 0);
  const leaves = records.reduce((n, { record }) => n + record.leaves(), 0);
  return workOfNeurons(session, rows) + leaves * workOfRow(session);
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
