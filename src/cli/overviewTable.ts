/** @file Runs at a glance, a row each. */
import type { RunOverview } from '../run/runs.ts';
import { formatShare, formatTime } from './format.ts';
import { renderTable } from './table.ts';

const columns = [
  { title: 'run' },
  { title: 'status' },
  { title: 'trained', align: 'right' },
  { title: 'verified', align: 'right' },
  { title: 'method' },
  { title: 'dataset' },
  { title: 'best certified', align: 'right' },
  { title: 'changed' },
] as const;

/** Name, status, states trained and verified, method, data set, best certified accuracy, time of the last change. */
export function overviewTable(runs: readonly RunOverview[]): string {
  const rows = runs.map((run) => [
    run.name,
    run.status,
    `${run.metas.filter((meta) => meta.finished).length}/${run.states}`,
    `${run.summaries.length}/${run.states}`,
    run.config?.pruneMethod ?? '',
    run.config?.dataset ?? '',
    run.summaries.length > 0
      ? formatShare(Math.max(...run.summaries.map((summary) => summary.certified)))
      : '–',
    formatTime(run.changed),
  ]);
  return renderTable(columns, rows);
}
