/** @file Failures that must not take a result away: kept until it is told, then raised. */
import { UserError } from '../../formats/userError.ts';

/** Failures so far. */
export interface Later {
  /** Does something that may fail; a UserError is kept. */
  readonly attempt: (work: () => void) => void;
  /** @throws UserError with all messages, each once, where anything failed */
  readonly raise: () => void;
}

/** @param tell called with a message when it first comes */
export function later(tell?: (message: string) => void): Later {
  const messages = new Set<string>();
  return {
    attempt(work) {
      try {
        work();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        if (!messages.has(error.message)) tell?.(error.message);
        messages.add(error.message);
      }
    },
    raise() {
      if (messages.size > 0) throw new UserError([...messages].join('\n'));
    },
  };
}
