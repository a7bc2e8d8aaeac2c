/** @file Reports from a program; what draws them is loaded with the first. */
import type { ReportOptions, WrittenReport } from '../report/writeReport.ts';

/**
 * Writes the report of a run, or of several compared: one page that opens from disk, and its data and pictures.
 * @returns where the files are
 * @throws UserError naming what is missing or damaged in a run directory, or that the report cannot be written
 */
export async function report(
  directories: string | readonly string[],
  options: ReportOptions = {},
): Promise<WrittenReport> {
  const { writeReport } = await import('../report/writeReport.ts');
  return writeReport([directories].flat(), options);
}
