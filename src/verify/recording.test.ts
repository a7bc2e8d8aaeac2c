import { describe, expect, it } from 'vitest';
import type { NeuronRow } from '../bounds/recording.ts';
import type { ProofRecorder, RecordedLeaf, RecordedSplit } from '../certify/record.ts';
import { createRng } from '../data/rng.ts';
import { milpBound } from './exact/milp.ts';
import { perceptron, randomNetwork, randomNumbers } from './exact/randomNetwork.testing.ts';
import { createVerifier } from './pipeline.ts';
import { mapInputs, prepareNetwork } from './prepare.ts';
import type { Specification } from './specification.ts';

/** A recorder that keeps everything. */
function keeping(): ProofRecorder & { rows: NeuronRow[]; leaves: RecordedLeaf[] } {
  const [rows, leaves]: [NeuronRow[], RecordedLeaf[]] = [[], []];
  return {
    rows,
    leaves,
    halving: () => ({ halved: () => 0 }),
    bounds: () => {},
    beyond: () => {},
    neuron: (row) => void rows.push(row),
    search: () => void leaves.splice(0),
    closed: (leaf) => void leaves.push(leaf),
  };
}

/** Whether paths are those of a binary tree whose inner nodes split one neuron at one point. */
function coversAll(paths: readonly (readonly RecordedSplit[])[]): boolean {
  if (paths.length === 1 && paths[0].length === 0) return true;
  if (paths.some((path) => path.length === 0)) return false;
  const [{ site, neuron, point }] = paths[0];
  if (!paths.every(([s]) => s.site === site && s.neuron === neuron && s.point === point)) return false;
  return ([1, -1] as const).every((side) => {
    const half = paths.filter(([s]) => s.side === side).map((path) => path.slice(1));
    return half.length > 0 && coversAll(half);
  });
}

const none = { restarts: 0, steps: 1, relativeStep: 1 };
const decisive = { cheapAttack: none, strongAttack: none };

describe('what a search records', () => {
  it('is a complete binary tree for every conjunction that bounds left open', async () => {
    let splits = 0;
    for (let n = 0; n < 3; n++) {
      const rng = createRng(`recording ${n}`);
      const network = perceptron([3, 8, 8, 3]);
      const given =
        n === 2 ? randomNetwork('pooled', rng) : { network, numbers: randomNumbers(network, rng) };
      const prepared = prepareNetwork(given);
      const size = given.network.inputShape.reduce((a, b) => a * b, 1);
      const center = Float64Array.from({ length: size }, () => Math.fround(rng.uniform(-1, 1)));
      const radius = n === 2 ? 0.25 : 0.5;
      const box = { lower: center.map((v) => v - radius), upper: center.map((v) => v + radius) };
      const rows = [Float64Array.of(1, -1, 0), Float64Array.of(0, 1, -1), Float64Array.of(-1, 0, 1)];
      const unsafe = [];
      for (const coefficients of rows) {
        const set = mapInputs(prepared.inputMap, { ...box });
        const exact = await milpBound(prepared.bounded, set, {}, { coefficients, bound: 0 });
        if (exact.kind !== 'optimal') throw new Error(exact.kind);
        unsafe.push({ coefficients, bound: exact.lower - 0.01 });
      }
      // The last two in one conjunction: its better row closes it.
      const spec: Specification = { ...box, unsafe: [[unsafe[0]], [unsafe[1], unsafe[2]]] };
      const recorder = keeping();
      const { verify } = await createVerifier(prepared, { threads: 1 });
      const { verdict } = await verify(spec, {
        ...decisive,
        inputSplit: false,
        dropInactive: n % 2 === 0,
        recorder,
      });
      expect(verdict.kind).toBe('verified');
      for (const conjunction of new Set(recorder.leaves.map((leaf) => leaf.conjunction))) {
        const mine = recorder.leaves.filter((leaf) => leaf.conjunction === conjunction);
        expect(coversAll(mine.map((leaf) => leaf.splits))).toBe(true);
        for (const leaf of mine) {
          if (leaf.by === 'bound') expect(leaf.part).toBeLessThan(conjunction.length);
          expect(leaf.beta.length).toBe(leaf.splits.length);
          splits += leaf.splits.length;
        }
      }
      for (const { slopes } of recorder.rows)
        for (const { index, alpha } of slopes) expect(alpha.length).toBe(index.length);
    }
    expect(splits).toBeGreaterThan(10);
  });
});
