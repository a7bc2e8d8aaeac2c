/** @file Runs that differ in the seed alone as one study: its states with mean and spread over the seeds. */
import { pruningMethod, trainingMethod } from './configValue.ts';
import { wilsonInterval, type ShareInterval } from './intervals.ts';
import { verifiedStates, type RunData, type VerifiedState, type StateVerification } from './runData.ts';

/** The accuracies of the paper's table. */
export const ACCURACIES = ['standard', 'pgd', 'certified'] as const;
/** One of them. */
export type AccuracyName = (typeof ACCURACIES)[number];

/** A share over seeds. */
export interface Spread {
  readonly mean: number;
  /** Sample standard deviation over the seeds; absent for one seed. */
  readonly deviation?: number;
  /** 95 % Wilson interval of the mean, for the images of one seed: seeds share their images. */
  readonly interval: ShareInterval;
}

/** One state of a study, over all its seeds that were verified there. */
export interface Level {
  readonly state: number;
  /** Mean over the seeds. */
  readonly remainRatio: number;
  readonly seeds: number;
  /** Verified images of each seed; the fewest where they differ. */
  readonly images: number;
  /** Whether every seed's verification came to its end. */
  readonly complete: boolean;
  readonly accuracy: Readonly<Record<AccuracyName, Spread>>;
  /** Its certified accuracy is none, or one that a constant answer has: see chance.ts. */
  readonly atChance?: boolean;
}

/** Runs that differ in the seed alone. */
export interface Study {
  readonly runs: readonly RunData[];
  /** That of its run; of several, what they share without their seeds; else the first's. */
  readonly name: string;
  /** Densest first. */
  readonly levels: readonly Level[];
  readonly dense?: Level;
  /** The sparse level with the highest mean certified accuracy above chance; among equals the sparsest. */
  readonly best?: Level;
}

/** Keys that tell runs of one study apart without changing what is studied. */
const NAMES_OF_A_RUN: ReadonlySet<string> = new Set([
  'name',
  'seed',
  'save_dir',
  'data',
  'workers',
  'print_freq',
  'resume_state',
]);

/** What is studied: the configuration without names and seed, in an order that does not matter. */
function subject(run: RunData): string {
  const entries = Object.entries(run.config).filter(([key]) => !NAMES_OF_A_RUN.has(key));
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Items by key, in the order of their first appearance. */
export function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** Mean and sample standard deviation. */
export function spreadOf(values: readonly number[]): { mean: number; deviation?: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return { mean };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}

/** A state's share of verified images. */
export function shareOf({ verification: { counts } }: VerifiedState, name: AccuracyName): number {
  return counts[name] / counts.images;
}

function levelOf(state: number, seeds: readonly VerifiedState[]): Level {
  const images = Math.min(...seeds.map((seed) => seed.verification.counts.images));
  const accuracyOf = (name: AccuracyName): Spread => {
    const spread = spreadOf(seeds.map((seed) => shareOf(seed, name)));
    return { ...spread, interval: wilsonInterval(spread.mean * images, images) };
  };
  return {
    state,
    remainRatio: spreadOf(seeds.map((seed) => seed.remainRatio)).mean,
    seeds: seeds.length,
    images,
    complete: seeds.every((seed) => seed.verification.complete),
    accuracy: {
      standard: accuracyOf('standard'),
      pgd: accuracyOf('pgd'),
      certified: accuracyOf('certified'),
    },
    atChance: atChance(seeds.map((seed) => seed.verification)),
  };
}

/** `snip` of `snip-seed1` and `snip-seed2`. */
function nameOf(runs: readonly RunData[]): string {
  if (runs.length === 1) return runs[0].name;
  const stems = runs.map(({ name, config }) => {
    const end = `-seed${String(config['seed'])}`;
    return name.endsWith(end) ? name.slice(0, -end.length) : name;
  });
  return new Set(stems).size === 1 ? stems[0] : runs[0].name;
}

function studyOf(runs: readonly RunData[]): Study {
  const byState = grouped(runs.flatMap(verifiedStates), ({ state }) => state);
  const levels = [...byState]
    .map(([state, seeds]) => levelOf(state, seeds))
    .toSorted((a, b) => b.remainRatio - a.remainRatio || a.state - b.state);
  const dense = levels.find((level) => level.remainRatio === 1);
  const sparse = levels.filter((level) => level.remainRatio < 1 && !level.atChance);
  const finished = sparse.filter((level) => level.complete);
  const best = (finished.length > 0 ? finished : sparse).reduce<Level | undefined>(
    (so, level) =>
      so === undefined || level.accuracy.certified.mean >= so.accuracy.certified.mean ? level : so,
    undefined,
  );
  return { runs, name: nameOf(runs), levels, ...(dense && { dense }), ...(best && { best }) };
}

/** The studies among runs, in the order of their first run. */
export function studiesOf(runs: readonly RunData[]): Study[] {
  return [...grouped(runs, subject).values()].map(studyOf);
}

/** A study's name with its number of seeds, where there are several. */
export function studyLabel({ name, runs }: Study): string {
  return runs.length > 1 ? `${name} (${runs.length} seeds)` : name;
}

/** How a study trains and prunes, in words. */
export function methodOf({ runs: [run] }: Study): string {
  return [trainingMethod(run), pruningMethod(run)].filter((word) => word !== undefined).join(', ');
}

/**
 * True for nothing certified, and for no more than a network would have that answers the commonest class of these images,
 * or one class of all, to everything: that is robust and worthless. Where the table of images is missing, only nothing
 * certified is told.
 * @param seeds the same state of runs that differ in the seed
 */
export function atChance(seeds: readonly StateVerification[]): boolean {
  const share = seeds.reduce((sum, { counts }) => sum + counts.certified / counts.images, 0) / seeds.length;
  if (!(share > 0)) return true;
  const rows = seeds.find((seed) => seed.rows.length > 0)?.rows ?? [];
  if (rows.length === 0) return false;
  const counts = new Map<number, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  // Images of one class alone tell nothing of a constant answer.
  const commonest = counts.size > 1 ? Math.max(...counts.values()) / rows.length : 0;
  const classes = rows.reduce((most, { label, prediction }) => Math.max(most, label, prediction), 1) + 1;
  return share <= Math.max(commonest, 1 / classes);
}
