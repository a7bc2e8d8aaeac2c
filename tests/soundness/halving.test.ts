import { describe, expect, it } from 'vitest';
import { boxTree, type HalvedBox } from '../../src/certify/boxTree.ts';
import { closeByHalving, type KnownBoxes } from '../../src/certify/halving.ts';
import { createSpool } from '../../src/certify/spool.ts';
import { check } from '../../src/check/check.ts';
import type { Step } from '../../src/check/certificate/steps.ts';
import type { Arithmetic, Path } from '../../src/check/contracts.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import { evaluate } from '../../src/check/graph/evaluate.ts';
import { openCheck } from '../../src/check/session.ts';
import { createRng } from '../../src/data/rng.ts';
import { sha256 } from '../../src/check/certificate/sha256.ts';
import { certificateBytes, randomModel } from './certificates.testing.ts';

const model = randomModel(5, [3, 10, 10, 2]);
const graph = compileGraph(readModel(model));
const box = { lower: Float64Array.of(-0.6, -0.6, -0.6), upper: Float64Array.of(0.6, 0.6, 0.6) };
const row = (bound: number) => ({ coefficients: Float64Array.of(1, -1), bound, exact: true });

/** The least of the row at some points of the box. */
function sampled(): number {
  const rng = createRng('points of the box');
  let least = Infinity;
  for (let n = 0; n < 3000; n++) {
    const { outputs } = evaluate(
      graph,
      box.lower.map((l, i) =>
        n % 3 === 0 ? (rng.next() < 0.5 ? l : box.upper[i]) : rng.uniform(l, box.upper[i]),
      ),
    );
    least = Math.min(least, outputs[0] - outputs[1]);
  }
  return least;
}
const bound = sampled() - 0.3;

/** Goes along boxes, and has what comes of it checked as a certificate. */
async function proved(boxes: KnownBoxes, at = bound) {
  const steps: Step[] = [];
  const set = { ...box, unsafe: [[row(at)]] };
  const session = openCheck(graph, set, { float: 'float32', flush: true });
  const root = session.derive(session.root, { kind: 'adaptive' });
  const standing = { inReals: false, realsSuffice: false };
  const emit = (step: Step): void => void steps.push(step);
  const given = { session, set, conjunction: 0, rows: set.unsafe[0], boxes, standing, emit };
  const stuck = closeByHalving({ ...given, closed: () => {}, checkpoint: () => {} }, root);
  if (stuck !== undefined) return { stuck };
  const shape = { shape: [3], values: box.lower };
  const bytes = certificateBytes({
    model,
    metadata: {
      format: 'certprune-certificate',
      version: 1,
      tool: 'a test',
      statement: '',
      model: { sha256: await sha256(model) },
      property: { kind: 'box', conjunctions: [1] },
      arithmetic: { float: 'float32', flush: true },
    },
    tensors: new Map([
      ['lower', shape],
      ['upper', { shape: [3], values: box.upper }],
      ['rows', { shape: [1, 2], values: Float64Array.of(1, -1) }],
      ['bounds', { shape: [1], values: Float64Array.of(at) }],
    ]),
    proof: { sets: [{ section: { kind: 'adaptive' }, trees: [steps] }] },
  });
  const { result, leaves } = await check(bytes, model);
  return { result, leaves, halvings: steps.filter(({ kind }) => kind === 'halve').length };
}

/** A tree of boxes that halves the widest side, so many levels deep. */
function halving(levels: number) {
  const tree = boxTree(3, createSpool(64));
  const grow = (number: number, lower: Float64Array, upper: Float64Array, left: number): void => {
    if (left === 0) return;
    const widths = upper.map((u, i) => u - lower[i]);
    const input = widths.indexOf(Math.max(...widths));
    const value = (lower[input] + upper[input]) / 2;
    const below = tree.halved(number, { lower, upper }, input, value);
    grow(below, lower, upper.with(input, value), left - 1);
    grow(below + 1, lower.with(input, value), upper, left - 1);
  };
  grow(0, box.lower, box.upper, levels);
  return tree;
}

const changed = (boxes: KnownBoxes, change: (known: HalvedBox, box: number) => HalvedBox | undefined) => ({
  ...boxes,
  at(number: number) {
    const known = boxes.at(number);
    return known && change(known, number);
  },
});

describe('a proof along the boxes of a search', () => {
  it('is one, and is found without boxes too', async () => {
    const tree = halving(6);
    expect(tree.size()).toBe(127);
    expect(tree.at(0)).toMatchObject({ input: 0, value: 0, below: 1 });
    expect(tree.at(126)).toBeUndefined();
    const along = await proved(tree);
    const alone = await proved({ at: () => undefined, size: () => 1 });
    for (const found of [along, alone]) expect(found.result).toBe('proved');
    expect(along.halvings).toBeGreaterThan(3);
    tree.close();
  });

  it('does not depend on what is recorded: boxes that are missing, changed over or cut to nothing', async () => {
    const tree = halving(6);
    const nothing = (ends: Float64Array) => ends.map(() => 0.1);
    const wrong = [
      changed(tree, (known, number) => (number % 3 === 1 ? undefined : known)),
      changed(tree, (known) => ({ ...known, below: known.below ^ 1 })),
      changed(tree, (known) => ({ ...known, lower: nothing(known.lower), upper: nothing(known.upper) })),
      changed(tree, (known) => ({ ...known, value: known.value + 5 })),
      changed(tree, (known) => ({ ...known, lower: known.lower.map(() => Number.NaN) })),
    ];
    for (const boxes of wrong) expect((await proved(boxes)).result).toBe('proved');
    tree.close();
  });

  it('is none where there is nothing to prove', async () => {
    const tree = halving(6);
    const { stuck } = await proved(tree, bound + 0.4);
    expect(stuck).toBeLessThanOrEqual(0);
    tree.close();
  });
});

describe('rows of open bends', () => {
  it.each<Arithmetic['float']>(['none', 'float32'])(
    'hold at points of halved boxes, as the whole graph does: %s',
    (float) => {
      let asked = 0;
      for (let seed = 0; seed < 8; seed++) {
        const rng = createRng(`open bends ${seed}`);
        const own = compileGraph(readModel(randomModel(100 + seed, [3, 12, 12, 12, 2])));
        const set = { ...box, unsafe: [[row(0)]] };
        const [session, exact] = [false, true].map((is) =>
          openCheck(own, set, { float, flush: true }, { exact: is }),
        );
        const x = box.lower.map((l, i) => Math.fround(rng.uniform(l, box.upper[i])));
        let cases: Path[] = [session, exact].map((s) => s.derive(s.root, { kind: 'adaptive' }));
        const [lower, upper] = [box.lower.slice(), box.upper.slice()];
        for (let depth = 0; depth < 7; depth++) {
          const input = rng.integer(3);
          const value = Math.fround((lower[input] + upper[input]) / 2);
          const side = x[input] >= value ? 'above' : 'below';
          (side === 'above' ? lower : upper)[input] = value;
          cases = [session, exact].map((s, k) =>
            s.derive(s.halve(cases[k], input, value, side), { kind: 'adaptive' }),
          );
          if (session.open(cases[0])) asked++;
          const { sites, outputs } = session.evaluate(x);
          const [found, best] = [session, exact].map((s, k) => {
            const proof = { rows: [], changes: [], betas: new Float64Array(0) };
            return s.leaves([{ path: cases[k], conjunction: 0, proof }])[0];
          });
          expect(found).toBeLessThanOrEqual(outputs[0] - outputs[1]);
          expect(found).toBeLessThanOrEqual(best + 1e-9);
          expect(found).toBeGreaterThan(best - 1e-2 * (1 + Math.abs(best)));
          sites.forEach((z, site) => {
            const bounds = session.bounds(cases[0], site);
            z.forEach((v, i) => {
              expect(v).toBeGreaterThanOrEqual(bounds.lower[i]);
              expect(v).toBeLessThanOrEqual(bounds.upper[i]);
            });
          });
        }
      }
      expect(asked).toBeGreaterThan(10);
    },
  );
});
