/** @file The results of a run as a table for the terminal and as JSON, and runs at a glance. */
import { datasetLabel } from '../data/own/path.ts';
import type { StateMeta, VerifySummary, WholeSizeRecord } from '../run/records.ts';
import type { RunOverview } from '../run/runs.ts';
import { formatBytes, formatCount, formatDuration, formatShare, formatTime } from './format.ts';
import { renderTable, type Column } from './table.ts';

type Row = { readonly meta: StateMeta; readonly verified: VerifySummary | undefined };

const columns: readonly Column<Row>[] = [
  ['state', ({ meta }) => String(meta.state), 'right'],
  ['weights', ({ meta }) => formatShare(meta.remainRatio), 'right'],
  ['test set', ({ meta }) => (meta.finished ? formatShare(meta.standard) : 'not trained'), 'right'],
  ['test PGD', ({ meta }) => formatShare(meta.pgd), 'right'],
  ['images', ({ verified }) => (verified ? String(verified.images) : '–'), 'right'],
  ['standard', ({ verified }) => formatShare(verified?.standard), 'right'],
  ['PGD', ({ verified }) => formatShare(verified?.pgd), 'right'],
  ['certified', ({ verified }) => formatShare(verified?.certified), 'right'],
  ['open', ({ verified }) => formatShare(verified?.unknown), 'right'],
  ['train', ({ meta }) => (meta.finished ? formatDuration(meta.trainSeconds) : '–'), 'right'],
  ['verify', ({ verified }) => (verified ? formatDuration(verified.seconds) : '–'), 'right'],
];

/** Counted over all parameters, whether they may be pruned or not. */
const sizeColumns: readonly Column<WholeSizeRecord & { readonly state: number }>[] = [
  ['state', ({ state }) => String(state), 'right'],
  ['parameters', ({ parameters }) => formatCount(parameters), 'right'],
  ['not 0', ({ nonzero }) => formatCount(nonzero), 'right'],
  ['multiplications', ({ macs }) => formatCount(macs), 'right'],
  ['not by 0', ({ nonzeroMacs }) => formatCount(nonzeroMacs), 'right'],
  ['memory', ({ bytes }) => formatBytes(bytes), 'right'],
];

const rowsOf = ({ metas, summaries }: RunOverview): Row[] =>
  metas.map((meta) => ({ meta, verified: summaries.find(({ state }) => state === meta.state) }));

/**
 * One row a state: remaining weights, of those that may be pruned; standard and PGD accuracy on the test set; then, on the verified images,
 * their number, standard, PGD and certified accuracy, the share left open; seconds. Below it the size of each state.
 */
export const resultTable = (run: RunOverview): string => {
  const rows = rowsOf(run);
  const sizes = rows.flatMap(({ meta }) => (meta.size ? [{ state: meta.state, ...meta.size }] : []));
  const table = renderTable(columns, rows);
  return sizes.length === 0 ? table : `${table}\n\n${renderTable(sizeColumns, sizes)}`;
};

/** The same for scripts. */
export function resultJson(run: RunOverview, report?: string): string {
  const { name, directory, status } = run;
  const states = rowsOf(run).map(({ meta, verified }) => ({
    ...meta,
    ...(verified && { verification: verified }),
  }));
  return JSON.stringify(
    { name, directory, status, ...(report !== undefined && { report }), states },
    null,
    2,
  );
}

const overviewColumns: readonly Column<RunOverview>[] = [
  ['run', (run) => run.name],
  ['status', (run) => run.status],
  ['trained', (run) => `${run.metas.filter((meta) => meta.finished).length}/${run.states}`, 'right'],
  ['verified', (run) => `${run.summaries.length}/${run.states}`, 'right'],
  ['method', (run) => run.config?.pruneMethod ?? ''],
  ['dataset', (run) => datasetLabel(run.config?.dataset ?? '')],
  [
    'best certified',
    ({ summaries }) =>
      summaries.length > 0 ? formatShare(Math.max(...summaries.map(({ certified }) => certified))) : '–',
    'right',
  ],
  ['changed', (run) => formatTime(run.changed)],
];

/** Name, status, states trained and verified, method, data set, best certified accuracy, time of the last change. */
export const overviewTable = (runs: readonly RunOverview[]): string => renderTable(overviewColumns, runs);
