/** @file The live line of a search: domains, worst bound, rate, time left. */
import type { TaskProgress } from '../../verify/files/answer.ts';
import { formatCount, formatDuration } from '../format.ts';
import { liveRegion, type ProgressTarget } from '../liveRegion.ts';
import { wrapped } from '../table.ts';

/** One line that is drawn over and over on a terminal, and rarely written elsewhere. */
export interface LiveLine {
  /** @param prefix what is being worked on */
  readonly show: (progress: TaskProgress, left: number | undefined, prefix?: string) => void;
  /** Writes a line that stays. */
  readonly say: (line: string) => void;
  readonly clear: () => void;
}

/** Progress of a search that has not begun. */
export const atRest = { domains: 0, open: 0, worstBound: -Infinity, box: 0, boxes: 1 } as const;

/** The figures in words. @param rate domains a second */
export function searchWords(progress: TaskProgress, rate: number, left: number | undefined): string {
  const { domains, open, worstBound, step, box, boxes } = progress;
  const words = [
    ...(boxes > 1 ? [`box ${box + 1}/${boxes}`] : []),
    step ?? `${formatCount(domains)} domains, ${formatCount(open)} open`,
    ...(Number.isFinite(worstBound) ? [`worst bound ${worstBound.toPrecision(4)}`] : []),
    ...(rate > 0 ? [`${formatCount(rate)}/s`] : []),
    ...(left !== undefined && Number.isFinite(left) ? [`${formatDuration(Math.max(0, left))} left`] : []),
  ];
  return words.join('  ');
}

export function liveLine(target: ProgressTarget): LiveLine {
  const live = liveRegion(target);
  let first: { readonly seconds: number; readonly domains: number; readonly key: string } | undefined;
  return {
    show(progress, left, prefix = '') {
      const now = target.seconds();
      const key = `${prefix} ${progress.box}`;
      if (first?.key !== key || progress.domains < first.domains)
        first = { seconds: now, domains: progress.domains, key };
      if (!live.isDue()) return;
      const rate = now > first.seconds ? (progress.domains - first.domains) / (now - first.seconds) : 0;
      live.draw([prefix + searchWords(progress, rate, left)]);
    },
    say: (line) => live.say(target.isTTY ? wrapped(line, target.columns()) : line),
    clear: live.clear,
  };
}

/** Says nothing. */
export const silentLine: LiveLine = { show: () => {}, say: () => {}, clear: () => {} };
