/** @file What a check has shown, as text. */
import { formatCount, formatDuration } from '../format.ts';
import { wrapped } from '../table.ts';
import type { FileReport } from './checkAll.ts';

/** Of a bound: three digits that matter. */
const number = (value: number): string =>
  Number.isFinite(value) ? Number(value.toPrecision(3)).toString() : '–';

const leavesText = (count: number): string => `${formatCount(count)} ${count === 1 ? 'leaf' : 'leaves'}`;

const arithmeticText = ({ float }: FileReport['arithmetic']): string =>
  float === 'none' ? 'in real arithmetic' : `in real arithmetic, and in ${float} in any order of summation`;

/** One certificate in full. */
export function reportText({
  file,
  result,
  statement,
  arithmetic,
  leaves,
  worst,
  seconds,
  failure,
}: FileReport): string {
  const lines: string[] = [];
  if (result === 'proved') {
    lines.push(`${file}: proved`, statement, `It holds ${arithmeticText(arithmetic)}.`);
    const least = leaves > 0 ? `, least bound ${number(worst)}` : '';
    lines.push(`${leavesText(leaves)}${least}; ${formatDuration(seconds)}.`);
  } else {
    const kind = result === 'error' || !failure ? '' : ` (${failure.kind})`;
    lines.push(`${file}: ${result === 'error' ? 'not checked' : result}${kind}`);
    if (failure) lines.push(failure.message);
    if (failure?.path?.length) lines.push(`Path: ${failure.path.join(', ')}.`);
    if (failure?.bound !== undefined) lines.push(`Bound reached: ${failure.bound}.`);
  }
  const [first, ...rest] = lines;
  const indented = rest.map((line) => `  ${wrapped(line, 78, '').replaceAll('\n', '\n  ')}`);
  return [wrapped(first, 80, '  '), ...indented].join('\n');
}

/** One of many: a line where it is proved. */
export function shortText(report: FileReport): string {
  if (report.result !== 'proved') return reportText(report);
  const { file, arithmetic, leaves, seconds } = report;
  const words = `proved (${arithmetic.float === 'none' ? 'real' : arithmetic.float}), ${leavesText(leaves)}, ${formatDuration(seconds)}`;
  return wrapped(`${file}: ${words}`, 80, '  ');
}

/** `12 certificates: 10 proved, 1 rejected, 1 unchecked.` */
export function summaryText(reports: readonly FileReport[]): string {
  const counts = (['proved', 'rejected', 'unchecked', 'error'] as const).flatMap((result) => {
    const count = reports.filter((report) => report.result === result).length;
    return count > 0 ? [`${formatCount(count)} ${result === 'error' ? 'not checked' : result}`] : [];
  });
  return `${formatCount(reports.length)} certificates: ${counts.join(', ')}.`;
}
