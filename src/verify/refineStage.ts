/** @file The pipeline's step of refining intermediate bounds by programs: before a search of bab-refine, and before mip. */
import type { Box } from '../bounds/box.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { rootBounds, type RootBoundsOptions } from '../bounds/rootBounds.ts';
import type { SearchProgress } from './branchAndBound.ts';
import type { Budget } from './budget.ts';

export interface RefineChoices {
  /** Share of the remaining time, from 0 to 1; default 0.5. */
  readonly timeShare?: number;
  /** Seconds for one bound of one neuron; default 15. */
  readonly secondsPerBound?: number;
}

interface StageOptions {
  readonly refine?: RefineChoices | undefined;
  readonly workers?: number | undefined;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  /** How bounds that have become tighter are carried on to later layers. */
  readonly bounds: RootBoundsOptions;
  /** Least bound and open conjunctions, for what is shown meanwhile. */
  readonly worstBound: number;
  readonly open: number;
}

/**
 * @returns refined bounds; undefined where the network is too large or has layers without exact encoding, which
 *   `onProgress` is told
 */
export async function refineStage(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  budget: Budget,
  { refine = {}, workers = 1, onProgress, bounds, worstBound, open }: StageOptions,
): Promise<HostBounds | undefined> {
  const { timeShare = 0.5, secondsPerBound = 15 } = refine;
  const { refineRoot } = await import('./exact/refineRoot.ts');
  const say = (step: string): void => onProgress?.({ domains: 0, open, worstBound, step });
  const found = await refineRoot(machine.net, box, root, budget, {
    timeShare,
    secondsPerBound,
    workers,
    propagate: (known) => rootBounds(machine, box, { ...bounds, known, checkpoint: budget.check }),
    onProgress: (layer, done, of) => say(`bounds of ${layer} refined: ${done}/${of} neurons`),
  });
  if (found.kind === 'refined') return found.neurons > 0 ? found.root : undefined;
  say(`bounds not refined: ${found.why}`);
  return undefined;
}
