/** @file Ctrl-C: the first asks the work to stop and save, the second ends the process. */

/** Exit codes of the signals that stop a command: 128 + the signal's number. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/** A watch over the signals. */
export interface Interrupts {
  /**
   * Starts watching, and returns the signal that the first Ctrl-C aborts.
   * @param goOn the command that goes on with what is kept; absent where nothing is
   */
  watch(goOn?: string): AbortSignal;
  /** The exit code of the signal that came; undefined where none did. */
  exitCode(): number | undefined;
  /** Once a stopped command has ended: says so, and how to go on. */
  sayStopped(): void;
  /** Ends the watch. */
  release(): void;
}

/**
 * Watches SIGINT and SIGTERM from the first call of `watch` on.
 * @param say prints a line for the person at the terminal
 */
export function createInterrupts(
  say: (line: string) => void,
  source: NodeJS.EventEmitter = process,
): Interrupts {
  const controller = new AbortController();
  let code: number | undefined;
  let watching = false;
  let next: string | undefined;
  const listeners = Object.entries(exitCodes).map(([name, exitCode]) => {
    const listener = (): void => {
      if (code !== undefined) process.exit(exitCode);
      code = exitCode;
      say(
        next === undefined
          ? '\nStopping (Ctrl-C again ends at once).'
          : '\nStopping; what is done so far is being saved (Ctrl-C again ends at once).',
      );
      controller.abort();
    };
    return { name, listener };
  });
  return {
    watch(goOn) {
      next ??= goOn;
      if (!watching) for (const { name, listener } of listeners) source.on(name, listener);
      watching = true;
      return controller.signal;
    },
    exitCode: () => code,
    sayStopped() {
      if (code === undefined) return;
      say(next === undefined ? 'Stopped.' : `Stopped; what was done is saved. Go on with:\n  ${next}`);
    },
    release() {
      for (const { name, listener } of listeners) source.off(name, listener);
    },
  };
}
