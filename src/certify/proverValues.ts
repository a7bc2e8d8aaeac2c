/** @file What the neurons of a bounded network compute at points: by it they are found in the original again. */
import { constantContext, type BoundNetwork } from '../bounds/boundNetwork.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { forward } from '../nn/forward.ts';
import { float32, flatten, type Tensor } from '../tensor/index.ts';
import type { SiteValues } from './matching.ts';

/** Points at which values are compared. */
export const comparedPoints = 12;

/**
 * Values of what every site reads, by the site's name.
 * @param points [comparedPoints · inputs], of the bounded network
 */
export async function proverValues(
  machine: BoundMachine,
  net: BoundNetwork,
  points: Float32Array,
): Promise<ReadonlyMap<string, SiteValues>> {
  // A linear network has none, and ONNX Runtime refuses a program without outputs.
  if (net.sites.length === 0) return new Map();
  const own = machine.net === net ? machine : machine.another(net);
  const program = own.program('values of sites', () => ({
    fn({ x }: { x: Tensor }) {
      const { activations } = forward(net.network, constantContext(net).params, x, { mode: 'eval' });
      return Object.fromEntries(net.sites.map(({ name, input }) => [name, flatten(activations.get(input)!)]));
    },
    specs: { x: float32([comparedPoints, ...net.network.inputShape]) },
  }));
  const found = await program.run({ x: points });
  return new Map(
    Object.entries(found).map(([name, { data }]) => {
      const all = data as Float32Array;
      const size = all.length / comparedPoints;
      return [
        name,
        Array.from({ length: comparedPoints }, (_, p) => all.slice(p * size, (p + 1) * size)),
      ] as const;
    }),
  );
}
