/** @file The files of a state's verification: verdicts so far, then the CSV and its summary. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { formatCsv } from '../formats/csv.ts';
import { checksumOf, openSealed, sealedJson } from '../formats/sealed.ts';
import { appendJsonLine, openJsonLines } from './jsonLines.ts';
import type { VerifyFiles } from './paths.ts';
import { verifyColumns, type VerifyRow, type VerifySummary } from './records.ts';
import type { VerifyOutcome } from './stages.ts';
import { countVerdicts } from './verdictCounts.ts';

/**
 * Verdicts as CSV, one header line.
 * @param more columns behind those of every verdict file, by row
 */
export function verdictCsv<T extends VerifyRow>(
  rows: readonly T[],
  more: (row: T) => Readonly<Record<string, string | number>> = () => ({}),
): string {
  const titles = [...verifyColumns, ...(rows.length > 0 ? Object.keys(more(rows[0])) : [])];
  return formatCsv([
    titles,
    ...rows.map((row) => [...verifyColumns.map((column) => row[column]), ...Object.values(more(row))]),
  ]);
}

/** Verdicts of an unfinished verification. */
export interface PartialVerdicts {
  readonly outcomes: VerifyOutcome[];
  /** Wall-clock seconds spent until the last recorded verdict. */
  readonly seconds: number;
  /** Records one more. */
  add(outcome: VerifyOutcome, seconds: number): void;
}

/**
 * Opens the verdicts so far. Those made under other settings are thrown away.
 * @param files their folders are made
 * @param settings everything that a verdict depends on beside the checkpoint, as one text
 */
export function openPartial(
  files: Pick<VerifyFiles, 'partial'> & Partial<Pick<VerifyFiles, 'witnesses'>>,
  settings: string,
): PartialVerdicts {
  for (const folder of [dirname(files.partial), ...(files.witnesses === undefined ? [] : [files.witnesses])])
    mkdirSync(folder, { recursive: true });
  const [header, ...lines] = openJsonLines(files.partial) as [{ settings: string }?, ...PartialLine[]];
  const usable = header?.settings === settings;
  if (!usable) {
    rmSync(files.partial, { force: true });
    appendJsonLine(files.partial, { settings });
  }
  const kept = usable ? lines : [];
  return {
    outcomes: kept.map(({ row, unstableRatioByLayer }) => ({
      row: { ...row, lowerBound: row.lowerBound ?? Number.NEGATIVE_INFINITY },
      ...(unstableRatioByLayer && { unstableRatioByLayer }),
    })),
    // Files of versions that took the time of day may count backwards.
    seconds: Math.max(0, kept.at(-1)?.elapsed ?? 0),
    add(outcome, seconds) {
      appendJsonLine(files.partial, { ...outcome, elapsed: seconds });
    },
  };
}

interface PartialLine extends VerifyOutcome {
  readonly elapsed: number;
}

/**
 * Writes CSV and summary; the summary last: it says that the state is verified.
 * @param question columns that say what was asked, where that is not told by the run's configuration
 */
export function writeVerdicts(
  files: VerifyFiles,
  rows: readonly VerifyRow[],
  summary: VerifySummary,
  question: Readonly<Record<string, string | number>> = {},
): void {
  const csv = verdictCsv(rows, () => question);
  writeFileAtomic(files.csv, csv);
  writeFileAtomic(files.json, sealedJson({ ...summary, csv: checksumOf(csv) }));
  rmSync(files.partial, { force: true });
}

/** Whether all images of the state were visited. */
export function isVerified(files: Pick<VerifyFiles, 'json'>): boolean {
  return existsSync(files.json);
}

/** The summary beside the CSV. @throws UserError where it is not what was written, in words after its name */
export function readSummary(files: Pick<VerifyFiles, 'json'>): VerifySummary {
  const summary = openSealed(readFileSync(files.json, 'utf8')) as VerifySummary;
  // Versions that took the time of day may have counted backwards.
  return { ...summary, seconds: Math.max(0, summary.seconds) };
}

/** What is wrong with the files of a finished verification, in one line; undefined where nothing is, or it is none. */
export function verdictDamage(files: VerifyFiles): string | undefined {
  if (!isVerified(files)) return undefined;
  let summary: VerifySummary;
  try {
    summary = readSummary(files);
  } catch (error) {
    return `${files.json} ${(error as Error).message}`;
  }
  if (!existsSync(files.csv)) return `${files.csv} is missing`;
  if (summary.csv !== undefined && summary.csv !== checksumOf(readFileSync(files.csv)))
    return `${files.csv} is not what was written: its checksum is wrong`;
  return undefined;
}

/** Takes a finished or half-finished verification back. */
export function removeVerdicts(files: VerifyFiles): void {
  for (const file of [files.json, files.csv, files.partial, files.witnesses, files.certificates]) {
    rmSync(file, { force: true, recursive: true });
  }
}

/** The summary's shares of a state's verdicts. */
export function summarise(
  outcomes: readonly VerifyOutcome[],
): Pick<VerifySummary, 'images' | 'standard' | 'pgd' | 'certified' | 'unknown' | 'unstableRatioByLayer'> {
  const { images, standard, pgd, certified, unknown } = countVerdicts(outcomes.map(({ row }) => row));
  const share = (count: number): number => count / Math.max(1, images);
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { unstableRatioByLayer } of outcomes) {
    for (const [layer, ratio] of Object.entries(unstableRatioByLayer ?? {})) {
      const { sum, count } = sums.get(layer) ?? { sum: 0, count: 0 };
      sums.set(layer, { sum: sum + ratio, count: count + 1 });
    }
  }
  return {
    images,
    standard: share(standard),
    pgd: share(pgd),
    certified: share(certified),
    unknown: share(unknown),
    unstableRatioByLayer: Object.fromEntries(
      [...sums].map(([layer, { sum, count }]) => [layer, sum / count]),
    ),
  };
}
