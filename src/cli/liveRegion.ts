/** @file Who has drawn live lines on a stream, so that other lines can take them away first instead of being erased later. */

const erasers = new WeakMap<NodeJS.WritableStream, () => void>();

/** Says how the live lines on a stream are taken away; the newest owner counts. */
export function ownLiveLines(stream: NodeJS.WritableStream, erase: () => void): void {
  erasers.set(stream, erase);
}

/** Takes the live lines on a stream away; they come back with their next drawing. */
export function eraseLive(stream: NodeJS.WritableStream): void {
  erasers.get(stream)?.();
}
