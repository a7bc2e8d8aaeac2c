/** @file Answers of the verifier in words and as JSON. */
import type { Answer } from '../../verify/files/answer.ts';
import { formatBytes, formatCount, formatDuration } from '../format.ts';
import type { Column } from '../table.ts';

/** Why a question is open. */
const reasons = {
  timeout: 'the time is over',
  memory: 'the memory is used up',
  numerical: 'the bounds close only within rounding error',
  unsupported: 'a layer is not supported by the search',
  'not asked': 'more was not asked for',
} as const;

/** `checked (float32)`, or why not. */
const checkedWords = ({ checked, arithmetic }: Pick<Answer, 'checked' | 'arithmetic'>): string =>
  checked === 'yes' ? `checked (${arithmetic})` : `not checked: ${checked!.replace(/^no: /, '')}`;

/** What is known beside the word: the step, the reason, what it cost. */
export function detailsOf(answer: Answer): string {
  const { by, why, checked, arithmetic, seconds, domains, lowerBound, peakMemoryBytes } = answer;
  const parts = [
    ...(by === undefined ? [] : [`by ${by}`]),
    ...(why === undefined ? [] : [reasons[why]]),
    ...(checked === undefined ? [] : [checkedWords({ checked, arithmetic })]),
    formatDuration(seconds),
    ...(domains > 0 ? [`${formatCount(domains)} domains`] : []),
    ...(Number.isFinite(lowerBound) && answer.result !== 'sat' ? [`bound ${lowerBound.toPrecision(4)}`] : []),
    ...(peakMemoryBytes === undefined ? [] : [`peak ${formatBytes(peakMemoryBytes)}`]),
  ];
  return parts.join(', ');
}

/** For scripts; numbers that JSON cannot hold are null. */
export function answerJson(answer: Answer): Record<string, unknown> {
  const { witness, ...rest } = answer;
  return {
    ...rest,
    ...(witness && { witness: { input: Array.from(witness.input), outputs: Array.from(witness.outputs) } }),
  };
}

/** What a table says of any answer: how it came about and what it cost. */
export const costColumns: readonly Column<{ readonly answer: Answer }>[] = [
  ['by', ({ answer }) => answer.by ?? answer.why ?? ''],
  ['seconds', ({ answer }) => answer.seconds.toFixed(1), 'right'],
  ['CPU', ({ answer }) => answer.cpuSeconds?.toFixed(1) ?? '', 'right'],
  ['domains', ({ answer }) => String(answer.domains), 'right'],
];
