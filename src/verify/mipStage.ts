/** @file The pipeline's step of mixed-integer programming: every open conjunction decided by its exact minimum. */
import type { Box } from '../bounds/box.ts';
import { compactSites } from '../bounds/compact.ts';
import type { BoundNetwork } from '../bounds/boundNetwork.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { ProofRecorder } from '../certify/record.ts';
import type { Budget } from './budget.ts';
import { milpBound } from './exact/milp.ts';
import { partRecorder } from './exact/recordedParts.ts';
import type { Conjunction } from './specification.ts';

/** How the step ended; `numerical`: a minimum too near to 0 for f64, or a solver that failed. */
export type MipEnd = 'proved' | 'falsified' | 'numerical' | 'unsupported';

/**
 * Minimises conjunctions one after the other, until a counterexample is confirmed or all are closed.
 * @param tryCandidate replays a point of the box on the original network
 * @param recorder told of every part that is closed: by linear programs, but perhaps on bounds that rest on integer ones
 * @throws BudgetExceeded between programs
 */
export async function mipStage(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  open: readonly Conjunction[],
  budget: Budget,
  tryCandidate: (point: Float32Array) => Promise<boolean>,
  recorder?: ProofRecorder,
): Promise<MipEnd> {
  const sites = compactSites(net.sites, root);
  const parts = partRecorder(sites);
  recorder?.beyond('integer program');
  recorder?.search(net, sites);
  let undecided = false;
  for (const conjunction of open) {
    const found = await milpBound(net, box, root, conjunction, {
      tryCandidate,
      signOnly: true,
      checkpoint: budget.check,
      remainingSeconds: budget.remainingSeconds,
      onClosed:
        recorder &&
        ((taken, multipliers) => {
          const splits = taken.flatMap(({ relu, neuron, side }) => {
            const place = parts.place(relu, neuron);
            return place ? [{ ...place, point: 0, side }] : [];
          });
          recorder.closed({ ...parts.part(splits, multipliers), conjunction, by: 'programs' });
        }),
    });
    if (found.kind === 'unsupported') return 'unsupported';
    if (found.kind === 'falsified') return 'falsified';
    if (found.lower > 0) continue;
    budget.check();
    undecided = true;
  }
  return undecided ? 'numerical' : 'proved';
}
