/** @file Limits where none are asked for. */

/** Resident memory of a verifying process, in bytes. */
export const defaultMemoryBytes = 4 * 2 ** 30;

/** Of one instance or image on the command line, in seconds: α,β-CROWN's. Calls of the library have none. */
export const defaultTimeoutSeconds = 360;
