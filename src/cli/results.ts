/** @file The results of a run as a table for the terminal and as JSON. */
import type { RunOverview } from '../run/runs.ts';
import { formatDuration, formatShare } from './format.ts';
import { renderTable, type Column } from './table.ts';

const columns: readonly Column[] = [
  { title: 'state', align: 'right' },
  { title: 'weights', align: 'right' },
  { title: 'test set', align: 'right' },
  { title: 'test PGD', align: 'right' },
  { title: 'images', align: 'right' },
  { title: 'standard', align: 'right' },
  { title: 'PGD', align: 'right' },
  { title: 'certified', align: 'right' },
  { title: 'open', align: 'right' },
  { title: 'train', align: 'right' },
  { title: 'verify', align: 'right' },
];

/**
 * One row a state: remaining weights; standard and PGD accuracy on the test set; then, on the verified images,
 * their number, standard, PGD and certified accuracy, the share left open; seconds.
 */
export function resultTable({ metas, summaries }: RunOverview): string {
  const rows = metas.map((meta) => {
    const verified = summaries.find((summary) => summary.state === meta.state);
    return [
      String(meta.state),
      formatShare(meta.remainRatio),
      meta.finished ? formatShare(meta.standard) : 'not trained',
      formatShare(meta.pgd),
      verified ? String(verified.images) : '–',
      formatShare(verified?.standard),
      formatShare(verified?.pgd),
      formatShare(verified?.certified),
      formatShare(verified?.unknown),
      meta.finished ? formatDuration(meta.trainSeconds) : '–',
      verified ? formatDuration(verified.seconds) : '–',
    ];
  });
  return renderTable(columns, rows);
}

/** The same for scripts. */
export function resultJson(run: RunOverview, report?: string): string {
  const { name, directory, status, metas, summaries } = run;
  const states = metas.map((meta) => {
    const verification = summaries.find((summary) => summary.state === meta.state);
    return { ...meta, ...(verification && { verification }) };
  });
  return JSON.stringify(
    { name, directory, status, ...(report !== undefined && { report }), states },
    null,
    2,
  );
}
