/** @file How fast something goes on, from the moments at which its counts came in. */

/** Seconds that a pace looks back. */
const windowSeconds = 10;

/** Counts per second over the last ten seconds; 0 until there are two moments. */
export interface Pace {
  /** Notes that `count` was reached at `seconds` of a steady clock, and returns the pace. */
  update(count: number, seconds: number): number;
}

/** A pace that begins with the first count it is told, whatever that is. */
export function createPace(): Pace {
  const notes: { count: number; seconds: number }[] = [];
  return {
    update(count, seconds) {
      notes.push({ count, seconds });
      while (notes.length > 2 && seconds - notes[1].seconds >= windowSeconds) notes.shift();
      const first = notes[0];
      return seconds > first.seconds ? Math.max(0, count - first.count) / (seconds - first.seconds) : 0;
    },
  };
}
