/** @file Live lines on a stream: redrawn on a terminal, plain and rare elsewhere; whoever else writes there takes them away first. */
import { visibleLines } from '../formats/visible.ts';
import { fitWidth } from './table.ts';

/** Where live lines go. */
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

const erasers = new WeakMap<NodeJS.WritableStream, () => void>();

/** Takes the live lines on a stream away; they come back with their next drawing. */
export const eraseLive = (stream: NodeJS.WritableStream): void => erasers.get(stream)?.();

/** The target of a Node stream, usually stderr; the newest owner of live lines counts. */
export function streamTarget(stream: NodeJS.WriteStream): ProgressTarget {
  return {
    write: (text) => void stream.write(visibleLines(text)),
    erase: (lines) => void stream.write(`\r\u001B[2K${'\u001B[1A\u001B[2K'.repeat(lines - 1)}`),
    isTTY: stream.isTTY && process.env['TERM'] !== 'dumb',
    columns: () => stream.columns || 80,
    seconds: () => performance.now() / 1000,
    own: (erase) => void erasers.set(stream, erase),
  };
}

/** Least seconds between two drawings, on a terminal and elsewhere. */
const leastSeconds = { terminal: 0.1, plain: 5 };

/** Live lines of one piece of work. */
export type LiveRegion = ReturnType<typeof liveRegion>;

export function liveRegion(target: ProgressTarget) {
  let drawn = 0;
  let last = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (drawn > 0) target.erase(drawn);
    drawn = 0;
  };
  target.own?.(clear);
  const width = (): number => Math.max(20, target.columns() - 1);
  return {
    clear,
    width,
    /** Whether it is time to draw again, which is noted then. */
    isDue(always = false): boolean {
      const now = target.seconds();
      if (!always && now - last < leastSeconds[target.isTTY ? 'terminal' : 'plain']) return false;
      last = now;
      return true;
    },
    /** Lines in place of those drawn last; elsewhere than on a terminal they stay. */
    draw(lines: readonly string[]): void {
      if (!target.isTTY) return target.write(lines.map((line) => `${line}\n`).join(''));
      clear();
      drawn = lines.length;
      target.write(lines.map((line) => fitWidth(line, width())).join('\n'));
    },
    /** A line that stays. */
    say(line: string): void {
      clear();
      target.write(`${line}\n`);
    },
  };
}
