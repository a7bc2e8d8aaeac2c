/** @file Certified radii of images as rows of a file, and what they say together: certified accuracy at every radius. */
import { formatCsv, parseCsv } from '../formats/csv.ts';
import { namingFile } from '../formats/readFile.ts';
import { UserError } from '../formats/userError.ts';
import { label as readable } from '../formats/visible.ts';
import type { CertifiedRadius } from '../verify/files/certifiedRadii.ts';

/** One image's radius, and the question that it answers. */
export interface RadiusRow {
  readonly index: number;
  readonly label: number;
  readonly prediction: number;
  /** Largest radius proved. */
  readonly lower: number;
  /** Distance of the nearest counterexample; Infinity (empty in CSV): none up to the far end. */
  readonly upper: number;
  readonly lowerBy: string;
  readonly upperBy: string;
  readonly why: string;
  readonly questions: number;
  readonly seconds: number;
  readonly domains: number;
  readonly checked: string;
  readonly arithmetic: string;
  /** Path of the counterexample, or empty. */
  readonly witness: string;
  /** Of the radius: inf, 2 or 1. */
  readonly norm: string;
  readonly tolerance: number;
  /** Infinity (empty in CSV): there was none. */
  readonly timeoutSeconds: number;
}

const columns = [
  'index',
  'label',
  'prediction',
  'lower',
  'upper',
  'lowerBy',
  'upperBy',
  'why',
  'questions',
  'seconds',
  'domains',
  'checked',
  'arithmetic',
  'witness',
  'norm',
  'tolerance',
  'timeoutSeconds',
] as const satisfies readonly (keyof RadiusRow)[];

const texts: ReadonlySet<string> = new Set([
  'lowerBy',
  'upperBy',
  'why',
  'checked',
  'arithmetic',
  'witness',
  'norm',
]);

/** The row of an image. */
export function radiusRow(
  image: { readonly index: number; readonly label: number },
  { prediction, lower, upper, lowerBy, upperBy, why, checked, arithmetic, ...cost }: CertifiedRadius,
  more: Pick<RadiusRow, 'witness' | 'norm' | 'tolerance' | 'timeoutSeconds'>,
): RadiusRow {
  return {
    ...image,
    prediction,
    lower,
    upper,
    lowerBy: lowerBy ?? '',
    upperBy: upperBy ?? '',
    why: why ?? '',
    questions: cost.questions,
    seconds: cost.seconds,
    domains: cost.domains,
    checked: checked ?? '',
    arithmetic: arithmetic ?? '',
    ...more,
  };
}

/** Radii as CSV. */
export const radiiCsv = (rows: readonly RadiusRow[]): string =>
  formatCsv([[...columns], ...rows.map((row) => columns.map((column) => row[column]))]);

/**
 * Reads what `radiiCsv` wrote.
 * @param file for messages
 * @throws UserError naming line and column of the first damaged field
 */
export function parseRadii(text: string, file: string): RadiusRow[] {
  const [header = [], ...lines] = namingFile(file, () => parseCsv(text));
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new UserError(
      `${file}, line 1: column ${missing.join(', ')} is missing; expected certified radii.`,
    );
  return lines.map((fields, at) => {
    const valueOf = (column: (typeof columns)[number]): string | number => {
      const field = fields[header.indexOf(column)] ?? '';
      if (texts.has(column)) return readable(field, 200);
      const value = field === '' && /^(upper|timeoutSeconds)$/.test(column) ? Infinity : Number(field);
      if ((field === '' && value !== Infinity) || !(value >= 0))
        throw new UserError(
          `${file}, line ${at + 2}: column "${column}" holds "${readable(field)}", which is no number from 0 on.`,
        );
      return value;
    };
    return Object.fromEntries(columns.map((column) => [column, valueOf(column)])) as unknown as RadiusRow;
  });
}

/** At a radius: images that are proved to keep their label, and those not known to lose it. */
export interface CurvePoint {
  readonly radius: number;
  readonly certified: number;
  readonly standing: number;
  readonly images: number;
}

type Bracket = Pick<RadiusRow, 'label' | 'prediction' | 'lower' | 'upper' | 'upperBy'>;

/** Counts at one radius: a proof at a larger radius counts, and a counterexample at a smaller one. */
export function curveAt(rows: readonly Bracket[], radius: number): CurvePoint {
  const count = (test: (row: Bracket) => boolean): number =>
    rows.filter((row) => row.upperBy !== 'clean' && test(row)).length;
  return {
    radius,
    certified: count(({ lower, upper }) => lower >= radius && upper > 0),
    standing: count(({ upper }) => upper > radius),
    images: rows.length,
  };
}

/** Certified accuracy at every radius where it changes, from 0 on. */
export function certifiedCurve(rows: readonly Bracket[]): CurvePoint[] {
  const ends = rows.flatMap(({ lower, upper }) => (upper < Infinity ? [lower, upper] : [lower]));
  return [...new Set([0, ...ends])].toSorted((a, b) => a - b).map((radius) => curveAt(rows, radius));
}

/** A stretch of radii, with the images whose proved radius falls into it. */
export interface RadiusBin {
  readonly from: number;
  readonly to: number;
  readonly images: number;
}

/** Lower bounds of the images that are classified rightly, in stretches of equal, round length. */
export function radiusHistogram(rows: readonly Bracket[], most = 12): RadiusBin[] {
  const lowers = rows.filter(({ upperBy }) => upperBy !== 'clean').map(({ lower }) => lower);
  const largest = Math.max(0, ...lowers);
  const width = roundStep(largest, most);
  const bins = Math.max(1, Math.floor(largest / width + 1e-9) + 1);
  const counts = new Array<number>(bins).fill(0);
  for (const lower of lowers) counts[Math.min(bins - 1, Math.floor(lower / width + 1e-9))]++;
  return counts.map((images, i) => ({ from: i * width, to: (i + 1) * width, images }));
}

/** 1, 2 or 5 times a power of ten, of which `most` reach the largest value. */
function roundStep(largest: number, most: number): number {
  if (!(largest > 0)) return 0.01;
  const power = 10 ** Math.floor(Math.log10(largest / most));
  const step = [1, 2, 5, 10].find((s) => s * power * most >= largest)!;
  return Number((step * power).toPrecision(2));
}
