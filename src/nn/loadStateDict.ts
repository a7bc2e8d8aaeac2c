/** @file The tensors of a PyTorch state dict as the numbers of a network of the zoo, matched in order. */
import type { NdArray } from '../formats/ndArray.ts';
import { UserError } from '../formats/userError.ts';
import type { Network } from './network.ts';
import { parameterSpecs } from './parameters.ts';

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/**
 * Names do not matter, order and shapes do: both follow the layers. `num_batches_tracked` is passed over.
 * @returns numbers by our keys (`conv1.weight`, …), f32
 * @throws UserError naming the first tensor that does not fit
 */
export function loadStateDict(
  network: Network,
  tensors: ReadonlyMap<string, NdArray>,
): Record<string, Float32Array> {
  const specs = parameterSpecs(network);
  const given = [...tensors].filter(([name]) => !name.endsWith('num_batches_tracked'));
  const numbers: Record<string, Float32Array> = {};
  specs.forEach((spec, i) => {
    const wanted = `${spec.key} [${spec.shape.join(',')}]`;
    const entry = given[i];
    if (!entry)
      throw new UserError(
        `The weights end before ${wanted} of ${network.name}: ${given.length} tensors for ${specs.length} parameters.`,
      );
    const [name, { shape, data, dtype }] = entry;
    if (!sameShape(shape, spec.shape) || (dtype !== 'float32' && dtype !== 'float64'))
      throw new UserError(
        `Tensor '${name}' [${shape.join(',')}] ${dtype} does not fit ${wanted} float32 of ${network.name}. ` +
          'Choose the architecture that the weights belong to.',
      );
    numbers[spec.key] = Float32Array.from(data as Float32Array | Float64Array);
  });
  if (given.length > specs.length)
    throw new UserError(
      `The weights hold ${given.length} tensors, but ${network.name} has ${specs.length} parameters; ` +
        `'${given[specs.length][0]}' is left over.`,
    );
  return numbers;
}
