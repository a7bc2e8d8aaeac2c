/** @file Live progress of a run: lines that stay, and below them what goes on, a bar and the time that is left. */
import { createPace } from '../run/pace.ts';
import type { ProgressEvent, ProgressListener } from '../run/progress.ts';
import { formatDuration } from './format.ts';
import { liveRegion, type ProgressTarget } from './liveRegion.ts';
import { bar, lastingLine, liveText, positionOf } from './progressText.ts';

/** Progress of one command. */
export interface Progress {
  readonly listener: ProgressListener;
  /** Takes the live lines away; to be called before anything else is printed. */
  finish(): void;
}

/** Progress that says nothing. */
export const silentProgress: Progress = { listener: () => {}, finish: () => {} };

/** Progress on a terminal or in a log, whichever the target is. */
export function createProgress(target: ProgressTarget): Progress {
  const live = liveRegion(target);
  const timeLeft = createTimeLeft();
  return {
    listener(event) {
      const left = timeLeft(event, target.seconds());
      const lasting = lastingLine(event);
      if (lasting !== undefined) return live.say(lasting);
      const text = liveText(event);
      if (text === undefined || !live.isDue(event.type === 'phase')) return;
      if (!target.isTTY) return live.draw([`${text}${left?.words ? `  (${left.words})` : ''}`]);
      if (!left) return live.draw([text]);
      const tail = `  ${(100 * left.position).toFixed(0).padStart(3)} %${left.words ? `  ${left.words}` : ''}`;
      const cells = Math.max(8, Math.min(40, live.width() - tail.length));
      live.draw([text, bar(left.position, cells) + tail]);
    },
    finish: live.clear,
  };
}

/** Whole seconds: an estimate has no tenths. */
const aboutDuration = (seconds: number): string =>
  seconds < 9.5 ? `${Math.max(1, Math.round(seconds))} s` : formatDuration(Math.round(seconds));

/** Seconds over which the pace of training and verification is taken. */
const paceSeconds = 90;

/** How far the training or the verification is, and `about 2:10 of training left`, or '' while there is no pace. */
function createTimeLeft() {
  const paces = { training: createPace(paceSeconds), verification: createPace(paceSeconds) };
  return (event: ProgressEvent, seconds: number) => {
    const at = positionOf(event);
    if (!at) return undefined;
    const { part, position } = at;
    const pace = paces[part].update(position, seconds);
    const left = Math.max(0, 1 - position) / pace;
    return { position, words: pace > 0 ? `about ${aboutDuration(left)} of ${part} left` : '' };
  };
}
