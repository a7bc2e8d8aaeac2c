import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import { boxOf } from '../../bounds/box.ts';
import { compactSites } from '../../bounds/compact.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import { createRng } from '../../data/rng.ts';
import { evaluateNetwork } from '../../nn/evaluate.testing.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { sizeOf } from '../../tensor/index.ts';
import { safetyMargin, type Conjunction } from '../specification.ts';
import { formInterval } from './affineForm.ts';
import { encodeNetwork } from './encode.ts';
import { exactLeaf } from './exactLeaf.ts';
import { highs, solveLinear } from './highs.ts';
import { milpBound } from './milp.ts';
import { elasticProgram, programBuilder, type LinearProgram } from './program.ts';
import { pointsIn, randomBox, randomNetwork, type Architecture } from './randomNetwork.testing.ts';
import { refineRelu } from './refine.ts';
import { safeDualBound } from './safeDualBound.ts';

const reluArchitectures: Architecture[] = ['sequential', 'deep', 'residual', 'convolutional', 'convResidual'];
const architectures: Architecture[] = [...reluArchitectures, 'pooled', 'leaky'];

interface Case {
  readonly given: NumberedNetwork;
  readonly ends: { readonly lower: Float64Array; readonly upper: Float64Array };
}

function caseOf(architecture: Architecture, seed: string): Case & { rng: ReturnType<typeof createRng> } {
  const rng = createRng(seed);
  const given = randomNetwork(architecture, rng);
  return { given, ends: randomBox(sizeOf(given.network.inputShape), rng), rng };
}

/** Bounds of pre-activations from the intervals of their forms alone. */
function formBounds({ given, ends }: Case): HostBounds {
  const net = boundNetwork(given.network, given.numbers);
  const found: Record<string, { lower: Float32Array; upper: Float32Array }> = {};
  for (const site of net.sites) {
    const encoding = encodeNetwork(
      net,
      boxOf(ends.lower, ends.upper),
      {},
      { nonlinear: 'relaxed', layer: site.input },
    );
    if (encoding.kind === 'unsupported') throw new Error(encoding.what);
    const { lower, upper } = encoding.builder;
    const intervals = encoding.outputs.map((form) => formInterval(form, lower, upper));
    // Widened by more than an f32 rounding.
    found[site.name] = {
      lower: Float32Array.from(intervals, (i) => i.lower - 1e-5),
      upper: Float32Array.from(intervals, (i) => i.upper + 1e-5),
    };
  }
  return found;
}

const smallest = (values: ArrayLike<number>): number => Math.min(...Array.from(values));

/** Margins of sampled points. */
function sampledMargins({ given, ends }: Case, conjunction: Conjunction, rng: ReturnType<typeof createRng>) {
  const count = 64;
  const outputs = evaluateNetwork(given.network, given.numbers, pointsIn(ends, count, rng), count);
  const size = outputs.length / count;
  return Float64Array.from({ length: count }, (_, p) =>
    safetyMargin([conjunction], outputs.subarray(p * size, (p + 1) * size)),
  );
}

const marginAt = ({ given }: Case, conjunction: Conjunction, point: ArrayLike<number>): number =>
  safetyMargin([conjunction], evaluateNetwork(given.network, given.numbers, point));

function randomRows(
  outputs: number,
  count: number,
  rng: ReturnType<typeof createRng>,
  bound = 0,
): Conjunction {
  return Array.from({ length: count }, () => ({
    coefficients: Float64Array.from({ length: outputs }, () => Math.fround(rng.uniform(-1, 1))),
    bound,
  }));
}

const outputsOf = ({ given: { network, numbers } }: Case): number =>
  sizeOf(boundNetwork(network, numbers).shapes.get(network.layers.at(-1)!.name)!);

describe('safe bounds of linear programs', () => {
  const program: LinearProgram = (() => {
    const builder = programBuilder();
    builder.column(-1, 2);
    builder.column(-3, 1);
    builder.row([0, 1], [1, 1], -0.5, Infinity);
    builder.row([0, 1], [1, -1], -Infinity, 1.25);
    return builder.finish({
      index: Int32Array.of(0, 1),
      value: Float64Array.of(2, 1),
      constant: 3,
      error: 0,
      reach: 0,
    });
  })();

  it('any multipliers give a bound below the optimum, the dual values one next to it', async () => {
    const found = solveLinear(await highs(), program, 10);
    if (found.kind !== 'optimal') throw new Error(found.kind);
    expect(found.value).toBeCloseTo(2 * -1 + 0.5 + 3, 9);
    expect(found.lower).toBeLessThanOrEqual(found.value);
    expect(found.value - found.lower).toBeLessThan(1e-12);
    fc.assert(
      fc.property(
        fc.double({ min: -9, max: 9, noNaN: true }),
        fc.double({ min: -9, max: 9, noNaN: true }),
        (a, b) => {
          expect(safeDualBound(program, [a, b])).toBeLessThanOrEqual(found.value);
        },
      ),
    );
  });

  it('infeasibility is proved by a Farkas vector and by the elastic program', async () => {
    const impossible = { ...program, rowLower: Float64Array.of(3.5, -Infinity) };
    const found = solveLinear(await highs(), impossible, 10);
    expect(found).toMatchObject({ kind: 'infeasible', farkas: expect.any(Float64Array) });
    const elastic = solveLinear(await highs(), elasticProgram(impossible), 10);
    expect(elastic.kind === 'optimal' && elastic.lower > 0.2).toBe(true);
    const possible = solveLinear(await highs(), elasticProgram(program), 10);
    expect(possible.kind === 'optimal' && possible.lower <= 0).toBe(true);
  });
});

describe.each(architectures)('%s networks', (architecture) => {
  it('the exact minimum is attained, and nothing sampled lies below it', async () => {
    for (let trial = 0; trial < 4; trial++) {
      const made = caseOf(architecture, `minimum ${architecture} ${trial}`);
      const { given, ends, rng } = made;
      const conjunction = randomRows(outputsOf(made), 1 + (trial % 2), rng);
      const net = boundNetwork(given.network, given.numbers);
      const root = trial < 2 ? {} : formBounds(made);
      const found = await milpBound(net, boxOf(ends.lower, ends.upper), root, conjunction, {
        weightError: 0,
      });
      if (found.kind !== 'optimal') throw new Error(found.kind);
      const scale = Math.max(1, Math.abs(found.lower));
      expect(found.upper - found.lower).toBeLessThan(1e-6 * scale);
      expect(Math.abs(marginAt(made, conjunction, found.point!) - found.lower)).toBeLessThan(1e-5 * scale);
      expect(smallest(sampledMargins(made, conjunction, rng))).toBeGreaterThanOrEqual(
        found.lower - 1e-12 * scale,
      );
    }
  });
});

describe.each(reluArchitectures)('leaves of %s networks', (architecture) => {
  it('bounds just below the exact minimum close, just above are falsified', async () => {
    for (let trial = 0; trial < 4; trial++) {
      const made = caseOf(architecture, `leaf ${architecture} ${trial}`);
      const { given, ends, rng } = made;
      const net = boundNetwork(given.network, given.numbers);
      const box = boxOf(ends.lower, ends.upper);
      const root = formBounds(made);
      const sites = compactSites(net.sites, root);
      const rows = randomRows(outputsOf(made), 1 + (trial % 2), rng);
      const exact = await milpBound(net, box, root, rows, { weightError: 0 });
      if (exact.kind !== 'optimal') throw new Error(exact.kind);
      for (const [offset, expected] of [
        [-1e-3, 'closed'],
        [1e-3, 'falsified'],
      ] as const) {
        const shifted = rows.map((row) => ({ ...row, bound: exact.lower + offset }));
        const solver = exactLeaf(net, box, root, sites, {
          tryCandidate: async (point) => marginAt(made, shifted, point) <= 0,
        });
        expect(await solver.decideLeaf({ splits: [] }, shifted)).toBe(expected);
        expect(solver.programs()).toBeGreaterThan(0);
        const byMilp = await milpBound(net, box, root, shifted, {
          signOnly: true,
          tryCandidate: async (point) => marginAt(made, shifted, point) <= 0,
        });
        if (byMilp.kind === 'unsupported') throw new Error(byMilp.what);
        expect(byMilp.kind === 'falsified').toBe(expected === 'falsified');
        expect(byMilp.lower > 0).toBe(expected === 'closed');
      }
    }
  });

  it('refined bounds hold, linear ones no tighter than exact ones', async () => {
    const made = caseOf(architecture, `refined ${architecture}`);
    const { given, ends, rng } = made;
    const net = boundNetwork(given.network, given.numbers);
    const box = boxOf(ends.lower, ends.upper);
    const root = formBounds(made);
    const site = net.sites.at(-1)!;
    const linear = await refineRelu(net, box, root, site, { method: 'lp' });
    const exact = await refineRelu(net, box, root, site, { method: 'mip' });
    const layers = given.network.layers.slice(
      0,
      given.network.layers.findIndex((l) => l.name === site.name),
    );
    const count = 64;
    const values = evaluateNetwork(
      { ...given.network, layers },
      given.numbers,
      pointsIn(ends, count, rng),
      count,
    );
    for (const found of [linear!, exact!])
      for (let i = 0; i < site.size; i++) {
        expect(found.lower[i]).toBeGreaterThanOrEqual(root[site.name].lower[i]);
        expect(found.upper[i]).toBeLessThanOrEqual(root[site.name].upper[i]);
        for (let p = 0; p < count; p++) {
          expect(values[p * site.size + i]).toBeGreaterThanOrEqual(found.lower[i]);
          expect(values[p * site.size + i]).toBeLessThanOrEqual(found.upper[i]);
        }
      }
    linear!.lower.forEach((low, i) => expect(low).toBeLessThanOrEqual(exact!.lower[i] + 1e-4));
  });

  it('every activation pattern is a leaf; together they hold the minimum', async () => {
    const made = caseOf(architecture, `patterns ${architecture}`);
    const { given, ends, rng } = made;
    const net = boundNetwork(given.network, given.numbers);
    const box = boxOf(ends.lower, ends.upper);
    const root = formBounds(made);
    const sites = compactSites(net.sites, root);
    const rows = randomRows(outputsOf(made), 1, rng);
    const exact = await milpBound(net, box, root, rows, { weightError: 0 });
    if (exact.kind !== 'optimal') throw new Error(exact.kind);
    const shifted = rows.map((row) => ({ ...row, bound: exact.lower + 1e-4 }));
    const neurons = sites.flatMap(({ count }, site) =>
      Array.from({ length: count }, (_, neuron) => ({ site, neuron, point: 0 })),
    );
    const split = neurons.slice(0, 4);
    const solver = exactLeaf(net, box, root, sites, {
      tryCandidate: async (point) => marginAt(made, shifted, point) <= 0,
    });
    const answers = new Set<string | undefined>();
    for (let pattern = 0; pattern < 2 ** split.length; pattern++) {
      const splits = split.map((s, k) => ({ ...s, side: (pattern >> k) & 1 ? 1 : -1 }) as const);
      answers.add(await solver.decideLeaf({ splits }, shifted));
    }
    expect(answers.has('falsified')).toBe(true);
    expect(answers.has(undefined)).toBe(false);
  });
});

it('a layer that is neither linear nor piecewise linear is named', async () => {
  const { network, numbers } = randomNetwork('sequential', createRng(1));
  const layers = network.layers.map((l) => (l.name === 'relu1' ? { ...l, kind: 'tanh' as const } : l));
  const net = boundNetwork({ ...network, layers }, numbers);
  const box = boxOf([0, 0, 0], [1, 1, 1]);
  const rows = randomRows(3, 1, createRng(2));
  expect(await milpBound(net, box, {}, rows)).toEqual({ kind: 'unsupported', what: 'relu1 (tanh)' });
  const solver = exactLeaf(net, box, {}, [], { tryCandidate: async () => true });
  expect(await solver.decideLeaf({ splits: [] }, rows)).toBe(undefined);
});
