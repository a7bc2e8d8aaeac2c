/** @file The files of a state's verification: verdicts so far, then the CSV and its summary. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { checksumOf, openSealed, sealedJson } from '../formats/sealed.ts';
import { appendJsonLine, openJsonLines } from './jsonLines.ts';
import type { VerifyFiles } from './paths.ts';
import { verifyColumns, type VerifyRow, type VerifySummary } from './records.ts';
import type { VerifyOutcome } from './stages.ts';

/** Verdicts as CSV (RFC 4180), one header line; a bound that is not finite is left empty. */
export function verdictCsv(rows: readonly VerifyRow[]): string {
  const cell = (value: string | number): string => {
    if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
    return /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  };
  const lines = rows.map((row) => verifyColumns.map((column) => cell(row[column])).join(','));
  return `${[verifyColumns.join(','), ...lines].join('\n')}\n`;
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

/** Writes CSV and summary; the summary last: it says that the state is verified. */
export function writeVerdicts(files: VerifyFiles, rows: readonly VerifyRow[], summary: VerifySummary): void {
  const csv = verdictCsv(rows);
  writeFileAtomic(files.csv, csv);
  writeFileAtomic(files.json, sealedJson({ ...summary, csv: checksumOf(csv) }));
  rmSync(files.partial, { force: true });
}

/** Whether all images of the state were visited. */
export function isVerified(files: VerifyFiles): boolean {
  return existsSync(files.json);
}

/** The summary beside the CSV. @throws UserError where it is not what was written, in words after its name */
export function readSummary(files: Pick<VerifyFiles, 'json'>): VerifySummary {
  return openSealed(readFileSync(files.json, 'utf8')) as VerifySummary;
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
  for (const file of [files.json, files.csv, files.partial, files.witnesses]) {
    rmSync(file, { force: true, recursive: true });
  }
}

/** The summary's shares of a state's verdicts. */
export function summarise(
  outcomes: readonly VerifyOutcome[],
): Pick<VerifySummary, 'images' | 'standard' | 'pgd' | 'certified' | 'unknown' | 'unstableRatioByLayer'> {
  const rows = outcomes.map((outcome) => outcome.row);
  const share = (test: (row: VerifyRow) => boolean): number =>
    rows.filter(test).length / Math.max(1, rows.length);
  const sums = new Map<string, { sum: number; count: number }>();
  for (const { unstableRatioByLayer } of outcomes) {
    for (const [layer, ratio] of Object.entries(unstableRatioByLayer ?? {})) {
      const { sum, count } = sums.get(layer) ?? { sum: 0, count: 0 };
      sums.set(layer, { sum: sum + ratio, count: count + 1 });
    }
  }
  return {
    images: rows.length,
    standard: share((row) => row.by !== 'clean'),
    pgd: share((row) => row.by !== 'clean' && row.by !== 'attack'),
    certified: share((row) => row.verdict === 'verified'),
    unknown: share((row) => row.verdict === 'unknown'),
    unstableRatioByLayer: Object.fromEntries(
      [...sums].map(([layer, { sum, count }]) => [layer, sum / count]),
    ),
  };
}
