/** @file The normalisation that a state dict holds as buffers of a module of its own: `normalize.mean`, `normalize.std`. */
import type { Normalization } from '../../data/normalization.ts';
import { toFloat64, type NdArray } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';

/**
 * Takes the pair `….mean`, `….std` out.
 * @throws UserError where there are several, or their numbers are of no use
 */
export function splitNormalization(tensors: ReadonlyMap<string, NdArray>): {
  readonly tensors: ReadonlyMap<string, NdArray>;
  readonly normalization: Normalization | undefined;
} {
  const prefixes = [...tensors.keys()].flatMap((key) => {
    const found = /^((?:.*\.)?)mean$/.exec(key);
    return found && tensors.has(`${found[1]}std`) ? [found[1]] : [];
  });
  if (prefixes.length === 0) return { tensors, normalization: undefined };
  if (prefixes.length > 1)
    throw new UserError(`It holds several normalisations: ${prefixes.map((p) => `'${p}mean'`).join(', ')}.`);
  const [prefix] = prefixes;
  const [mean, std] = ['mean', 'std'].map((name) => [...toFloat64(tensors.get(prefix + name)!.data)]);
  if (mean.length !== std.length || std.some((v) => !(v > 0)))
    throw new UserError(`'${prefix}mean' and '${prefix}std' are no mean and deviation of each channel.`);
  return {
    tensors: new Map([...tensors].filter(([key]) => key !== `${prefix}mean` && key !== `${prefix}std`)),
    normalization: { mean, std },
  };
}
