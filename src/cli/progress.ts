/** @file Live progress: redrawn lines on a terminal, plain and rare lines elsewhere. */
import { visibleLines } from '../formats/visible.ts';
import type { ProgressEvent, ProgressListener } from '../run/progress.ts';
import { createEstimate } from './estimate.ts';
import { formatDuration } from './format.ts';
import { ownLiveLines } from './liveRegion.ts';
import { bar, lastingLine, liveText, positionOf } from './progressText.ts';
import { fitWidth } from './table.ts';

/** Where progress goes. */
export interface ProgressTarget {
  /** Writes lines; what they hold of foreign names is shown, never obeyed. */
  write(text: string): void;
  /** Takes away as many lines as were written last, the cursor standing in the last of them. */
  erase(lines: number): void;
  readonly isTTY: boolean;
  /** Width of the terminal in cells. */
  columns(): number;
  /** Seconds of a steady clock. */
  seconds(): number;
  /** Says how the live lines are taken away before somebody else writes there. */
  own?(erase: () => void): void;
}

/** Progress of one command. */
export interface Progress {
  readonly listener: ProgressListener;
  /** Takes the live lines away; to be called before anything else is printed. */
  finish(): void;
}

/** Least seconds between two drawings of the live lines. */
const redrawSeconds = 0.1;

/** Least seconds between two plain lines that tell of steps, epochs or images. */
const plainSeconds = 5;

/** The target of a Node stream, usually stderr. */
export function streamTarget(stream: NodeJS.WriteStream): ProgressTarget {
  return {
    write: (text) => void stream.write(visibleLines(text)),
    erase: (lines) => void stream.write(`\r\u001B[2K${'\u001B[1A\u001B[2K'.repeat(lines - 1)}`),
    isTTY: stream.isTTY && process.env['TERM'] !== 'dumb',
    columns: () => stream.columns || 80,
    seconds: () => performance.now() / 1000,
    own: (erase) => ownLiveLines(stream, erase),
  };
}

/** Progress that says nothing. */
export const silentProgress: Progress = { listener: () => {}, finish: () => {} };

/** Progress on a terminal or in a log, whichever the target is. */
export function createProgress(target: ProgressTarget): Progress {
  return target.isTTY ? liveProgress(target) : plainProgress(target);
}

function plainProgress(target: ProgressTarget): Progress {
  const estimates = createEstimates();
  let lastLine = Number.NEGATIVE_INFINITY;
  return {
    listener(event) {
      const now = target.seconds();
      const left = estimates.update(event, now);
      const lasting = lastingLine(event);
      if (lasting !== undefined) return target.write(`${lasting}\n`);
      const isRare = event.type === 'phase';
      if (!isRare && now - lastLine < plainSeconds) return;
      const text = liveText(event);
      if (text === undefined) return;
      lastLine = now;
      target.write(`${text}${left?.words ? `  (${left.words})` : ''}\n`);
    },
    finish() {},
  };
}

function liveProgress(target: ProgressTarget): Progress {
  const estimates = createEstimates();
  let drawn = 0;
  let lastDraw = Number.NEGATIVE_INFINITY;
  const erase = (): void => {
    if (drawn > 0) target.erase(drawn);
    drawn = 0;
  };
  target.own?.(erase);
  return {
    listener(event) {
      const now = target.seconds();
      const left = estimates.update(event, now);
      const lasting = lastingLine(event);
      if (lasting !== undefined) {
        erase();
        return target.write(`${lasting}\n`);
      }
      const text = liveText(event);
      if (text === undefined) return;
      if (event.type !== 'phase' && now - lastDraw < redrawSeconds) return;
      lastDraw = now;
      const width = Math.max(20, target.columns() - 1);
      const lines = [fitWidth(text, width)];
      if (left) {
        const tail = `  ${(100 * left.position).toFixed(0).padStart(3)} %${left.words ? `  ${left.words}` : ''}`;
        lines.push(
          fitWidth(bar(left.position, Math.max(8, Math.min(40, width - tail.length))) + tail, width),
        );
      }
      erase();
      drawn = lines.length;
      target.write(lines.join('\n'));
    },
    finish: erase,
  };
}

/** Whole seconds: an estimate has no tenths. */
const aboutDuration = (seconds: number): string =>
  seconds < 9.5 ? `${Math.max(1, Math.round(seconds))} s` : formatDuration(Math.round(seconds));

interface Left {
  readonly position: number;
  /** `about 2:10 of training left`, or empty while there is no pace. */
  readonly words: string;
}

function createEstimates(): { update(event: ProgressEvent, seconds: number): Left | undefined } {
  const parts = { training: createEstimate(), verification: createEstimate() };
  return {
    update(event, seconds) {
      const at = positionOf(event);
      if (!at) return undefined;
      const estimate = parts[at.part];
      estimate.update(at.position, seconds);
      const left = estimate.secondsLeft();
      const words = left === undefined ? '' : `about ${aboutDuration(left)} of ${at.part} left`;
      return { position: at.position, words };
    },
  };
}
