/** @file What a configuration's network is called. */

/** A name of the zoo; of layers of one's own the name that they have, if any. @param arch value of the key */
export function archName(arch: unknown): string {
  if (typeof arch === 'string') return arch;
  const named = typeof arch === 'object' && arch !== null && 'name' in arch ? arch.name : undefined;
  return typeof named === 'string' ? named : 'own network';
}
