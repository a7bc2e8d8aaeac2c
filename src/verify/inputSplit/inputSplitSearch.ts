/** @file Input splitting: branch and bound over sub-boxes of a low-dimensional input, in batches. */
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import { deepSites } from '../../bounds/boxes/walkBoxes.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import type { ProofRecorder } from '../../certify/record.ts';
import type { SearchProgress } from '../branchAndBound.ts';
import { BudgetExceeded, type Budget } from '../budget.ts';
import type { Conjunction } from '../specification.ts';
import { boxDomainBytes, type BoxDomain } from './boxDomain.ts';
import type { LinearMinorant } from './clip.ts';
import { distinctRows } from './boxWork.ts';
import { parallelBoxes } from './parallelBoxes.ts';
import { halves } from './splitBox.ts';

/** What is searched. */
export interface InputSplitProblem {
  /** The box in the bounded network's inputs. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Conjunctions to be refuted. */
  readonly unsafe: readonly Conjunction[];
  /** Constraints on the bounded network's inputs, each ≤ 0. */
  readonly ties?: readonly LinearMinorant[];
}

export interface InputSplitOptions {
  /** Boxes that a thread bounds in one run; default 64. */
  readonly batchBoxes?: number;
  /** Threads that share the batches of a longer search (parallelBoxes); default 1. */
  readonly workers?: number;
  /** Boxes after which the others are started; default: where they pay. */
  readonly aloneUntil?: number;
  /** Boxes after which the search is given up; default none. */
  readonly maxBoxes?: number;
  /** A point of the box that is unsafe for the bounded network: true if it is confirmed on the original. */
  readonly tryCandidate: (point: Float32Array) => Promise<boolean>;
  readonly onProgress?: ((progress: SearchProgress) => void) | undefined;
  readonly recorder?: ProofRecorder | undefined;
}

/** `open`: some box is too small to halve in f32, or `maxBoxes` were bounded. */
export type InputSplitEnd = 'proved' | 'falsified' | 'open';

export interface InputSplitSearch {
  /** @throws BudgetExceeded; `progress` then still tells how far the search came */
  readonly run: () => Promise<InputSplitEnd>;
  readonly progress: () => SearchProgress;
}

/** The whole box, with bounds that hold anywhere. */
function rootDomain({ lower, upper, unsafe }: InputSplitProblem, net: BoundNetwork): BoxDomain {
  const bounds = deepSites(net).map(({ name, size }) => {
    const everywhere = {
      lower: new Float32Array(size).fill(-Infinity),
      upper: new Float32Array(size).fill(Infinity),
    };
    return [name, everywhere] as const;
  });
  return {
    number: 0,
    lower,
    upper,
    bounds: Object.fromEntries(bounds),
    conjunctions: unsafe.map((_, c) => c),
    margin: -Infinity,
    influence: new Float64Array(lower.length),
    weights: new Float32Array(distinctRows(unsafe).length).fill(1),
  };
}

/**
 * Each box is bounded by CROWN with CROWN's bounds of its neurons; what no row refutes is clipped to where
 * all rows of a conjunction can be unsafe, and halved along the input that most of the bounds' gap comes from.
 */
export function inputSplitSearch(
  machine: BoundMachine,
  problem: InputSplitProblem,
  budget: Budget,
  options: InputSplitOptions,
): InputSplitSearch {
  const { unsafe, ties = [] } = problem;
  const { batchBoxes = 64, workers = 1, maxBoxes = Infinity, aloneUntil, tryCandidate, onProgress } = options;
  const recorder = options.recorder?.halving(problem.lower.length);
  const sharing = { batchBoxes, workers, ties, ...(aloneUntil !== undefined && { aloneUntil }) };
  const work = parallelBoxes(machine, unsafe, sharing);
  /** Last come, first served, so that few are open at a time. */
  const stack: BoxDomain[] = [];
  let bytes = 0;
  let domains = 0;
  let tiny = 0;
  const progress = (): SearchProgress => {
    const known = domains > 0 && tiny === 0;
    const worstBound = known ? stack.reduce((least, { margin }) => Math.min(least, margin), 0) : -Infinity;
    return { domains, open: stack.length + tiny, worstBound };
  };

  /** True once a counterexample is confirmed. */
  const bound = async (tasks: readonly BoxDomain[]): Promise<boolean> => {
    const { left, candidates } = await work.bound(tasks);
    domains += tasks.length;
    for (const candidate of candidates) if (await tryCandidate(candidate)) return true;
    for (const domain of left) {
      stack.push(domain);
      bytes += boxDomainBytes(domain);
    }
    return false;
  };

  /** Domains whose halves fill a batch, or all there are. */
  const take = (batch: number): BoxDomain[] => {
    const taken = stack.splice(-Math.max(1, Math.floor(batch / 2))).reverse();
    for (const domain of taken) bytes -= boxDomainBytes(domain);
    return taken;
  };

  const search = async (): Promise<InputSplitEnd> => {
    if (await bound([rootDomain(problem, machine.net)])) return 'falsified';
    while (stack.length > 0) {
      budget.check();
      if (bytes > budget.memoryBytes) throw new BudgetExceeded('memory');
      if (domains >= budget.maxDomains) throw new BudgetExceeded('timeout');
      if (domains >= maxBoxes) return 'open';
      const batch = work.size;
      const halved = halves(take(batch), batch, recorder);
      tiny += halved.tiny;
      if (halved.parts.length > 0 && (await bound(halved.parts))) return 'falsified';
      onProgress?.(progress());
    }
    return tiny > 0 ? 'open' : 'proved';
  };
  const run = (): Promise<InputSplitEnd> => search().finally(work.close);
  return { run, progress };
}
