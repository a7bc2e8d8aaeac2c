/** @file Sharing a batch out between this thread and others. */

/** The tasks in runs of the given length, the last of which may be shorter. */
export const slicesOf = <T>(tasks: readonly T[], length: number): (readonly T[])[] =>
  Array.from({ length: Math.ceil(tasks.length / length) }, (_, i) =>
    tasks.slice(i * length, (i + 1) * length),
  );

/**
 * Cuts the tasks into as many equal shares as there are threads; this one does the first, the others do the rest.
 * @param there hands a share to another thread
 * @returns what came of each share, in the order of the tasks
 * @throws what this thread's share throws, at once; what another share throws, when this thread is done with its own
 */
export async function shareOut<T, R>(
  tasks: readonly T[],
  threads: number,
  here: (share: readonly T[]) => Promise<R>,
  there: (share: readonly T[]) => Promise<R>,
): Promise<R[]> {
  const [own, ...others] = slicesOf(tasks, Math.ceil(tasks.length / threads));
  const shares = others.map(there);
  // Where this thread's share throws, the others' end is nobody's concern.
  for (const share of shares) share.catch(() => undefined);
  return [await here(own), ...(await Promise.all(shares))];
}
