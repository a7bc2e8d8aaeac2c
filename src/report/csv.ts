/** @file The report's tables as CSV (RFC 4180): a row a state, a row an image, a row a point of a chart. */

import type { Row } from './charts/chart.ts';
import { wilsonInterval } from './intervals.ts';
import { meanSeconds, verifiedStates } from './runData.ts';
import type { RunData } from './runData.ts';

type Cell = string | number | boolean | null | undefined;

function cell(value: Cell): string {
  if (value === undefined || value === null || (typeof value === 'number' && !Number.isFinite(value)))
    return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** CSV text with a header line; columns in the order in which the rows first name them. */
export function csvText(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(','));
  return `${[columns.map(cell).join(','), ...lines].join('\n')}\n`;
}

/** One row a state of every run: shares in 0..1, times in seconds. */
export function summaryCsv(runs: readonly RunData[]): string {
  return csvText(
    runs.flatMap((run) =>
      run.states.map((state) => {
        const { meta, verification } = state;
        const counts = verification?.counts;
        const interval = counts && wilsonInterval(counts.certified, counts.images);
        const share = (successes: number | undefined): number | undefined =>
          successes === undefined || counts === undefined ? undefined : successes / counts.images;
        return {
          run: run.name,
          seed: run.environment.seed,
          state: state.state,
          remainRatio: state.remainRatio,
          weights: state.layers.reduce((sum, layer) => sum + layer.kept, 0) || undefined,
          images: counts?.images,
          standard: share(counts?.standard),
          pgd: share(counts?.pgd),
          certified: share(counts?.certified),
          certifiedLower: interval?.lower,
          certifiedUpper: interval?.upper,
          unknown: share(counts?.unknown),
          meanSeconds: meanSeconds(state),
          verifySeconds: verification?.seconds,
          trainSeconds: meta?.trainSeconds,
          bestEpoch: meta?.best?.epoch,
          testStandard: meta?.standard,
          testFgsm: meta?.fgsm,
          testPgd: meta?.pgd,
          parameters: meta?.compressed?.before.parameters,
          macs: meta?.compressed?.before.macs,
          parametersCompressed: meta?.compressed?.after.parameters,
          macsCompressed: meta?.compressed?.after.macs,
        };
      }),
    ),
  );
}

/** One row an image of every verified state, the columns of `verify/NN.csv` after run and state. */
export function imagesCsv(runs: readonly RunData[]): string {
  return csvText(
    runs.flatMap((run) =>
      verifiedStates(run).flatMap(({ state, verification }) =>
        verification.rows.map((row) => ({ run: run.name, state, ...row })),
      ),
    ),
  );
}

/** The data behind a chart. */
export function chartCsv(rows: readonly Row[]): string {
  return csvText(rows);
}
