/** @file Limits where none are asked for. */

/** Resident memory of a verifying process, in bytes. */
export const defaultMemoryBytes = 4 * 2 ** 30;
