/** @file The pipeline's step of input splitting: when it is chosen, and what it concludes. */
import { walkBoxesWork, walkedLayers } from '../../bounds/boxes/walkBoxes.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import { memberOf } from '../../bounds/nonlinear/table.ts';
import type { SearchProgress } from '../branchAndBound.ts';
import type { Budget } from '../budget.ts';
import { mapEnds, originalPoint, type PreparedNetwork, type InputMap } from '../prepare.ts';
import { confirm, type Replayer } from '../replay.ts';
import type { OutputRow, Specification } from '../specification.ts';
import type { Verdict, Witness } from '../verdict.ts';
import { inputSplitSearch, type InputSplitOptions } from './inputSplitSearch.ts';

/** Inputs up to which boxes are halved until nothing is left. */
const fewInputs = 8;
/** Inputs up to which halving is tried, for so many boxes. */
const someInputs = 20;
const trialBoxes = 10_000;
/** Runs for which it is tried where splitting neurons may be the better way: curved ones. */
const trialRuns = 60;

/** Layers that the walks of one program pass at most: it is then compiled in two seconds. */
const mostLayers = 60;

/** Multiplications of one run: a tenth of a second. */
const runWork = 2.5e9;

export interface InputSplitPlan {
  readonly batchBoxes: number;
  readonly maxBoxes: number;
}

/** The plan for a network where input splitting pays: a small one with few inputs, all of which one program walks. */
export function planInputSplit({ bounded }: PreparedNetwork): InputSplitPlan | undefined {
  const inputs = bounded.network.inputShape.reduce((a, b) => a * b, 1);
  if (inputs > someInputs || bounded.sites.length === 0 || walkedLayers(bounded) > mostLayers)
    return undefined;
  const fits = Math.floor(runWork / walkBoxesWork(bounded));
  if (fits < 8) return undefined;
  const batchBoxes = Math.min(64, 2 ** Math.floor(Math.log2(fits)));
  if (bounded.sites.some(({ layer }) => memberOf(layer).exact !== 'piecewise'))
    return { batchBoxes, maxBoxes: trialRuns * batchBoxes };
  return { batchBoxes, maxBoxes: inputs <= fewInputs ? Infinity : trialBoxes };
}

/** The parts of a verifier that the step needs. */
interface Tools {
  readonly prepared: PreparedNetwork;
  readonly machine: BoundMachine;
  readonly replayer: Replayer;
}

export interface InputSplitStage {
  /** @returns undefined where the question stays open @throws BudgetExceeded */
  readonly run: () => Promise<Verdict | undefined>;
  readonly progress: () => SearchProgress;
}

/** a·x ≤ b for x = (z − shift)/scale, as a row on z. */
function mappedRow({ coefficients, bound }: OutputRow, { scale, shift }: InputMap) {
  const mapped = coefficients.map((a, i) => a / scale[i]);
  return { coefficients: mapped, constant: mapped.reduce((sum, a, i) => sum - a * shift[i], -bound) };
}

export function inputSplitStage(
  { prepared, machine, replayer }: Tools,
  { batchBoxes, maxBoxes }: InputSplitPlan,
  spec: Specification,
  budget: Budget,
  options: Pick<InputSplitOptions, 'workers' | 'aloneUntil' | 'onProgress' | 'recorder'> = {},
): InputSplitStage {
  let witness: Witness | undefined;
  const search = inputSplitSearch(
    machine,
    {
      ...mapEnds(prepared.inputMap, spec),
      unsafe: spec.unsafe,
      ties: (spec.inputRows ?? []).map((row) => mappedRow(row, prepared.inputMap)),
    },
    budget,
    {
      ...options,
      batchBoxes,
      maxBoxes,
      async tryCandidate(point) {
        const original = originalPoint(prepared.inputMap, point, spec.lower, spec.upper);
        witness = await confirm(replayer, spec, original);
        return witness !== undefined;
      },
    },
  );
  return {
    progress: search.progress,
    async run() {
      const end = await search.run();
      if (end === 'falsified') return { kind: 'falsified', by: 'input-split', witness: witness! };
      if (end === 'open') return undefined;
      return { kind: 'verified', by: search.progress().domains === 1 ? 'crown' : 'input-split' };
    },
  };
}
