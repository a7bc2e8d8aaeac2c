/** @file How fast something goes on, from the moments at which its counts came in. */

/**
 * A pace that begins with the first count it is told, whatever that is.
 * @param windowSeconds that it looks back, but never over fewer than two moments
 */
export function createPace(windowSeconds = 10) {
  const notes: { count: number; seconds: number }[] = [];
  return {
    /** Notes that `count` was reached at `seconds` of a steady clock. @returns counts per second; 0 until there are two moments */
    update(count: number, seconds: number): number {
      notes.push({ count, seconds });
      while (notes.length > 2 && seconds - notes[1].seconds >= windowSeconds) notes.shift();
      const first = notes[0];
      return seconds > first.seconds ? Math.max(0, count - first.count) / (seconds - first.seconds) : 0;
    },
  };
}
