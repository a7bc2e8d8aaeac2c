/** @file `events.jsonl`: epochs, prunings and notes of a run, each epoch and pruning once. */
import { appendJsonLine, openJsonLines } from './jsonLines.ts';
import type { EventRecord } from './records.ts';

/** The open log of a run. */
export interface EventLog {
  /** Appends; an epoch or pruning that is already there (a resumed run repeats its last piece) is left alone. */
  append(event: EventRecord): void;
}

/** Opens the log, cutting off a last line that a kill left half-written. */
export function openEventLog(path: string): EventLog {
  const known = new Set(openJsonLines(path).map((event) => keyOf(event as EventRecord)));
  return {
    append(event) {
      const key = keyOf(event);
      if (key !== undefined && known.has(key)) return;
      appendJsonLine(path, event);
      known.add(key);
    },
  };
}

function keyOf(event: EventRecord): string | undefined {
  if (event.type === 'epoch') return `epoch ${event.state} ${event.epoch}`;
  if (event.type === 'prune') return `prune ${event.state}`;
  return undefined;
}
