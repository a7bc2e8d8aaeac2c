/** @file The time that is left, from how fast the work went lately. */

/** Estimates the rest of one piece of work. */
export interface Estimate {
  /** Notes that the share `position` (0..1) is done at `seconds` of any clock. */
  update(position: number, seconds: number): void;
  /** Seconds left at the pace of the last minute or so; undefined while there is no pace yet. */
  secondsLeft(): number | undefined;
}

/** A moving average over `windowSeconds`, but never over fewer than two notes. */
export function createEstimate(windowSeconds = 90): Estimate {
  const notes: { position: number; seconds: number }[] = [];
  return {
    update(position, seconds) {
      notes.push({ position, seconds });
      while (notes.length > 2 && seconds - notes[1].seconds >= windowSeconds) notes.shift();
    },
    secondsLeft() {
      const first = notes[0];
      const last = notes.at(-1);
      if (!first || !last || last.position <= first.position || last.seconds <= first.seconds)
        return undefined;
      const pace = (last.position - first.position) / (last.seconds - first.seconds);
      return Math.max(0, 1 - last.position) / pace;
    },
  };
}
