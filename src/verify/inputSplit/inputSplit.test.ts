import { describe, expect, it } from 'vitest';
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import { boxOf } from '../../bounds/box.ts';
import { boundMachine } from '../../bounds/machine.ts';
import { createRng } from '../../data/rng.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { readVnnlib } from '../../formats/vnnlib/read.ts';
import { evaluateNetwork } from '../../nn/evaluate.testing.ts';
import type { Network } from '../../nn/network.ts';
import { readOnnxNetwork } from '../../nn/import/importOnnx.ts';
import { BudgetExceeded, startBudget, type BudgetOptions } from '../budget.ts';
import { milpBound } from '../exact/milp.ts';
import { perceptron, pointsIn, randomBox, randomNumbers } from '../exact/randomNetwork.testing.ts';
import { prepareNetwork, type PreparedNetwork } from '../prepare.ts';
import { replayer } from '../replay.ts';
import { type Specification, safetyMargin, type OutputRow } from '../specification.ts';
import type { Verdict } from '../verdict.ts';
import { inputSplitStage, planInputSplit } from './inputSplitStage.ts';

type Sharing = Parameters<typeof inputSplitStage>[4];

async function decider(prepared: PreparedNetwork, input?: { name: string; shape: readonly number[] }) {
  const machine = boundMachine(prepared.bounded, { threads: 1 });
  const tools = { prepared, machine, replayer: await replayer(prepared, input?.name, input?.shape) };
  const plan = planInputSplit(prepared)!;
  return (spec: Specification, limits: BudgetOptions = {}, sharing: Sharing = {}) => {
    const stage = inputSplitStage(tools, { ...plan, batchBoxes: 16 }, spec, startBudget(limits), sharing);
    return { verdict: stage.run(), progress: stage.progress };
  };
}

const randomRows = (count: number, outputs: number, uniform: () => number): OutputRow[] =>
  Array.from({ length: count }, () => ({
    coefficients: Float64Array.from({ length: outputs }, () => Math.fround(uniform())),
    bound: 0,
  }));

const shifted = (rows: readonly OutputRow[], bound: number): OutputRow[] =>
  rows.map((row) => ({ ...row, bound }));

describe('input splitting', () => {
  it('agrees with exact minima of rows and conjunctions', async () => {
    for (let trial = 0; trial < 4; trial++) {
      const rng = createRng(`input split ${trial}`);
      const network = perceptron(trial % 2 === 0 ? [3, 6, 6, 3] : [2, 5, 5, 5, 2]);
      const numbers = randomNumbers(network, rng);
      const prepared = prepareNetwork({ network, numbers });
      const decide = await decider(prepared);
      const ends = randomBox(network.inputShape[0], rng);
      const rows = randomRows(
        1 + (trial % 3),
        network.layers.at(-1)!.kind === 'linear' ? (trial % 2 === 0 ? 3 : 2) : 0,
        () => rng.uniform(-1, 1),
      );
      const net = boundNetwork(network, numbers);
      const exact = await milpBound(net, boxOf(ends.lower, ends.upper), {}, rows, { weightError: 0 });
      if (exact.kind !== 'optimal') throw new Error(exact.kind);
      const scale = Math.max(1, Math.abs(exact.lower));
      for (const offset of [-0.1, -1e-3, 1e-3, 0.1]) {
        // A second conjunction that is out of reach must not stand in the way.
        const far = randomRows(1, rows[0].coefficients.length, () => rng.uniform(-1, 1));
        const unsafe = [shifted(far, -1e4), shifted(rows, exact.lower + offset * scale)];
        const spec = { ...ends, unsafe };
        const verdict = (await decide(spec, { maxDomains: 20_000 }).verdict)!;
        expect(verdict.kind, `network ${trial}, ${offset}`).toBe(offset < 0 ? 'verified' : 'falsified');
        if (verdict.kind !== 'falsified') continue;
        const { input } = verdict.witness;
        expect(input.every((v, i) => v >= ends.lower[i] && v <= ends.upper[i])).toBe(true);
        expect(safetyMargin(unsafe, evaluateNetwork(network, numbers, input))).toBeLessThan(1e-5);
      }
    }
  }, 30_000);

  it('never proves away a planted counterexample, however small the box', async () => {
    for (let trial = 0; trial < 3; trial++) {
      const rng = createRng(`planted ${trial}`);
      const network = perceptron([3, 7, 7, 7, 2]);
      const numbers = randomNumbers(network, rng);
      const decide = await decider(prepareNetwork({ network, numbers }));
      const planted = Float32Array.from(pointsIn(randomBox(3, rng), 2, rng).subarray(3));
      const outputs = evaluateNetwork(network, numbers, planted);
      for (const radius of [0, 1e-6, 1e-3, 0.1]) {
        const rows = randomRows(1 + (trial % 2), 2, () => rng.uniform(-1, 1)).map((row) => ({
          ...row,
          bound: row.coefficients.reduce((sum, c, i) => sum + c * outputs[i], 0),
        }));
        const spec = {
          lower: Float64Array.from(planted, (v) => v - radius),
          upper: Float64Array.from(planted, (v) => v + radius),
          unsafe: [rows],
        };
        const { verdict, progress } = decide(spec, { maxDomains: 300 });
        const found: Verdict | undefined = await verdict.catch((error: unknown) => {
          if (error instanceof BudgetExceeded) return undefined;
          throw error;
        });
        expect(found?.kind ?? 'open').not.toBe('verified');
        if (!found) expect(progress().worstBound).toBeLessThanOrEqual(0);
      }
    }
  }, 30_000);

  it.each([
    ['tanh', { kind: 'tanh' }],
    ['sigmoid', { kind: 'sigmoid' }],
    ['leakyRelu', { kind: 'leakyRelu', negativeSlope: 0.1 }],
    ['relu', { kind: 'relu' }],
  ] as const)('decides networks with a branch: %s', async (_, bent) => {
    const linear = (name: string, from: string, inFeatures: number, outFeatures: number) =>
      ({ kind: 'linear', name, inputs: [from], inFeatures, outFeatures, bias: true }) as const;
    const network: Network = {
      name: 'branched',
      inputShape: [2],
      layers: [
        linear('a', 'input', 2, 6),
        { ...bent, name: 'f', inputs: ['a'] },
        linear('b', 'f', 6, 6),
        { kind: 'add', name: 'sum', inputs: ['b', 'f'] },
        { ...bent, name: 'g', inputs: ['sum'] },
        linear('c', 'g', 6, 2),
      ],
    };
    for (let trial = 0; trial < 2; trial++) {
      const rng = createRng(`branched ${trial}`);
      const numbers = randomNumbers(network, rng);
      const prepared = prepareNetwork({ network, numbers });
      const decide = await decider(prepared);
      const ends = randomBox(2, rng);
      const [row] = randomRows(1, 2, () => rng.uniform(-1, 1));
      // The least value on a grid is within its mesh of the least of all.
      let least = Infinity;
      const steps = 30;
      for (let k = 0; k < (steps + 1) ** 2; k++) {
        const share = [Math.floor(k / (steps + 1)) / steps, (k % (steps + 1)) / steps];
        const x = Float64Array.from(ends.lower, (l, i) => l + share[i] * (ends.upper[i] - l));
        const y = evaluateNetwork(network, numbers, x);
        least = Math.min(least, row.coefficients[0] * y[0] + row.coefficients[1] * y[1]);
      }
      for (const offset of [-0.1, 0.01]) {
        const spec = { ...ends, unsafe: [shifted([row], least + offset)] };
        const verdict = (await decide(spec).verdict)!;
        expect(verdict.kind).toBe(offset < 0 ? 'verified' : 'falsified');
      }
    }
  });

  it('repeats itself', async () => {
    const rng = createRng('repeat');
    const network = perceptron([3, 8, 8, 2]);
    const numbers = randomNumbers(network, rng);
    const decide = await decider(prepareNetwork({ network, numbers }));
    const rows = randomRows(1, 2, () => rng.uniform(-1, 1));
    const spec = { lower: new Float64Array(3).fill(-1), upper: new Float64Array(3).fill(1), unsafe: [rows] };
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const { verdict, progress } = decide(spec);
        return [(await verdict)?.kind, progress().domains];
      }),
    );
    expect(runs[0]).toEqual(runs[1]);
  });

  it('does the same over two threads: verdicts, and boxes the second time', async () => {
    const rng = createRng('threads');
    const network = perceptron([3, 8, 8, 2]);
    const numbers = randomNumbers(network, rng);
    const decide = await decider(prepareNetwork({ network, numbers }));
    const rows = randomRows(1, 2, () => rng.uniform(-1, 1));
    const ends = { lower: new Float64Array(3).fill(-1), upper: new Float64Array(3).fill(1) };
    const box = boxOf(ends.lower, ends.upper);
    const exact = await milpBound(boundNetwork(network, numbers), box, {}, rows, { weightError: 0 });
    if (exact.kind !== 'optimal') throw new Error(exact.kind);
    for (const [offset, kind] of [
      [-1e-4, 'verified'],
      [1e-4, 'falsified'],
    ] as const) {
      const spec = { ...ends, unsafe: [shifted(rows, exact.lower + offset)] };
      const alone = decide(spec);
      expect((await alone.verdict)?.kind).toBe(kind);
      const counts: number[] = [];
      for (let run = 0; run < 2; run++) {
        const { verdict, progress } = decide(spec, {}, { workers: 2, aloneUntil: 1 });
        expect((await verdict)?.kind).toBe(kind);
        counts.push(progress().domains);
      }
      expect(counts[0]).toBe(counts[1]);
      if (kind === 'verified') expect(counts[0]).toBeGreaterThan(16);
    }
    const stopped = decide(
      { ...ends, unsafe: [shifted(rows, exact.lower)] },
      { maxDomains: 64 },
      { workers: 2, aloneUntil: 1 },
    );
    await expect(stopped.verdict).rejects.toThrow(BudgetExceeded);
  });

  it('is planned for small networks with few inputs only', () => {
    const planOf = (...widths: number[]) => {
      const network = perceptron(widths);
      return planInputSplit(prepareNetwork({ network, numbers: randomNumbers(network, createRng('plan')) }));
    };
    expect(planOf(5, 50, 50, 2)?.maxBoxes).toBe(Infinity);
    expect(planOf(12, 50, 50, 2)?.maxBoxes).toBeLessThan(Infinity);
    expect(planOf(30, 50, 50, 2)).toBeUndefined();
    expect(planOf(3, 900, 900, 900, 2)).toBeUndefined();
  });
});

const acasXu = sharedPath('vnncomp/acasxu');

describe.skipIf(!acasXu)('input splitting on ACAS Xu', () => {
  const decideInstance = async (model: string, property: string): Promise<(Verdict | undefined)[]> => {
    const imported = readOnnxNetwork(`${acasXu}/onnx/ACASXU_run2a_${model}_batch_2000.onnx`);
    const decide = await decider(prepareNetwork(imported, imported), imported.input);
    const { cases } = readVnnlib(`${acasXu}/vnnlib/${property}.vnnlib`);
    const verdicts: (Verdict | undefined)[] = [];
    for (const box of new Set(cases.map((c) => c.box))) {
      const unsafe = cases.filter((c) => c.box === box).map((c) => c.outputRows);
      verdicts.push(await decide({ lower: box.lower, upper: box.upper, unsafe }).verdict);
    }
    return verdicts;
  };

  it.each([
    ['1_1', 'prop_1', 'verified'],
    ['1_2', 'prop_2', 'falsified'],
    ['1_2', 'prop_3', 'verified'],
    ['1_3', 'prop_4', 'verified'],
  ])('%s %s: %s', async (model, property, kind) => {
    expect((await decideInstance(model, property)).map((v) => v?.kind)).toEqual([kind]);
  });
});
