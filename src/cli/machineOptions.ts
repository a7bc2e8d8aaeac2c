/** @file The options that say how much of a machine jobs may take, shared by `sweep` and `worker`. */
import { UserError } from '../formats/userError.ts';

/** Values of the shared options. */
export interface MachineOptions {
  readonly jobs?: string;
  readonly memory?: string;
}

/** A whole number of an option. @throws UserError where it is none, or smaller than `least` */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new UserError(`${option} ${text}: expected a whole number from ${least} on.`);
}

/** The limits that the options set; what they leave out follows from the machine. @throws UserError */
export async function limitsOf(options: MachineOptions): Promise<{ cores: number; memoryBytes: number }> {
  const [{ machineLimits }, { bytesOf }] = await Promise.all([
    import('../run/sweep/admission.ts'),
    import('../run/config/texts.ts'),
  ]);
  const { jobs, memory } = options;
  const memoryBytes = memory === undefined ? undefined : bytesOf(memory);
  if (memory !== undefined && memoryBytes === undefined)
    throw new UserError(`--memory ${memory}: expected a size such as 8GB.`);
  return machineLimits({
    cores: jobs === undefined ? undefined : wholeNumber('--jobs', jobs, 1),
    memoryBytes,
  });
}
