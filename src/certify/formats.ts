/** @file Formats that a statement may speak of, and what a property that declares its numbers asks for. */
import type { Arithmetic } from '../check/contracts.ts';

/** A format in which a statement may hold beside the reals. */
export type FloatFormat = Exclude<Arithmetic['float'], 'none'>;

export const floatFormats = ['float32', 'bfloat16', 'float16'] as const satisfies readonly FloatFormat[];

/**
 * Formats whose statement is one about numbers of a declared type. The errors of finer arithmetic are among those of coarser;
 * the least numbers of float16 are above those of bfloat16, though its digits are more.
 */
const proving: Readonly<Record<string, readonly FloatFormat[]>> = {
  float64: floatFormats,
  float32: floatFormats,
  bfloat16: ['bfloat16'],
  float16: ['float16'],
};

/** Whether a statement in `format` is one about numbers of a declared type. */
export const provesDeclared = (declared: string | undefined, format: FloatFormat): boolean =>
  declared === undefined || (proving[declared]?.includes(format) ?? true);

/**
 * A file that declares its numbers to be of a float type asks about them, not about real ones.
 * @param declared of a property; undefined where it says nothing
 * @param chosen by whoever asks
 */
export function formatFor(
  declared: string | undefined,
  chosen: FloatFormat | undefined,
): { readonly format: FloatFormat; readonly realsSuffice: boolean } {
  const own = floatFormats.find((format) => format === declared) ?? 'float32';
  return { format: chosen ?? own, realsSuffice: declared === undefined || !(declared in proving) };
}
