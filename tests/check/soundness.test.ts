import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Arithmetic, CheckSession, Path } from '../../src/check/contracts.ts';
import { CheckFailure } from '../../src/check/failure.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import { evaluate } from '../../src/check/graph/evaluate.ts';
import type { Graph } from '../../src/check/graph/graph.ts';
import type { InputSet } from '../../src/check/property/property.ts';
import { readVnnlib } from '../../src/check/property/vnnlib.ts';
import { openCheck } from '../../src/check/session.ts';
import { createRng, type Rng } from '../../src/data/rng.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { runFloat32 } from './float32.testing.ts';
import { graphOf, hostile, networks, pointOf, randomSet } from './networks.testing.ts';

const real: Arithmetic = { float: 'none', flush: false };
const single: Arithmetic = { float: 'float32', flush: true };

/** A case that holds the point whose elements are z: random splits and halvings, multipliers and sections on the way. */
function randomCase(session: CheckSession, graph: Graph, z: Float64Array, rng: Rng): Path {
  let path = session.root;
  if (rng.next() < 0.7) path = session.derive(path, { kind: 'adaptive' });
  for (let steps = rng.integer(6); steps > 0; steps--) {
    const site = rng.integer(session.sites.length);
    const element = rng.integer(session.sites[site].size);
    const { lower, upper } = session.bounds(path, site);
    const [l, u] = [lower[element], upper[element]];
    const value = z[graph.sites[site].inputs[element]];
    const kink = graph.sites[site].kinks[element];
    if (!(u - l > 1e-9)) continue;
    const point = rng.next() < 0.5 && l < 0 && u > 0 ? 0 : rng.uniform(l + (u - l) / 100, u - (u - l) / 100);
    const choice = rng.next();
    if (choice < 0.6)
      path = session.split(path, { site, element, point }, value >= kink + point ? 'above' : 'below');
    else if (choice < 0.75) {
      const input = rng.integer(graph.inputs);
      const at = z[input] + rng.uniform(-0.1, 0.1);
      path = session.halve(path, input, at, z[input] >= at ? 'above' : 'below');
    } else if (choice < 0.85) path = session.alpha(path, randomChanges(session, rng));
    else
      path = session.derive(
        path,
        rng.next() < 0.5
          ? { kind: 'adaptive' }
          : { kind: 'list', rows: [{ site, element, lower: randomChanges(session, rng), upper: [] }] },
      );
  }
  return path;
}

const randomChanges = (session: CheckSession, rng: Rng) =>
  session.sites.map(({ outputs }, site) => {
    const elements = Uint32Array.from({ length: outputs }, (_, i) => i).filter(() => rng.next() < 0.5);
    return { site, elements, alphas: Uint8Array.from(elements, () => rng.integer(256)) };
  });

function randomProof(session: CheckSession, path: Path, rng: Rng) {
  const rows = [0, 1].map((row) => ({ row, weight: rng.next() < 0.3 ? 0 : rng.uniform(0, 2) }));
  return {
    rows,
    changes: rng.next() < 0.5 ? randomChanges(session, rng) : [],
    betas: Float64Array.from({ length: path.splits }, () => (rng.next() < 0.3 ? 0 : rng.uniform(0, 1.5))),
  };
}

/** What a leaf's rows are worth at outputs. */
const worth = (
  set: InputSet,
  rows: readonly { row: number; weight: number }[],
  y: ArrayLike<number>,
): number =>
  rows.reduce((sum, { row, weight }) => {
    const { coefficients, bound } = set.unsafe[0][row];
    return sum + weight * (coefficients.reduce((all, c, i) => all + c * y[i], 0) - bound);
  }, 0);

/**
 * No bound of a random case is above what some point of the case gives; bounds of sites hold there as well.
 * @param inReals of leaves alone, in real arithmetic, beside bounds that hold in `arithmetic`
 * @returns bounds asked
 */
function checkLaw(
  graph: Graph,
  set: InputSet,
  arithmetic: Arithmetic,
  run: (x: Float64Array) => Float64Array,
  rng: Rng,
  rounds: number,
  inReals = false,
): number {
  let asked = 0;
  let session: CheckSession;
  try {
    session = openCheck(graph, set, arithmetic);
  } catch (error) {
    if (error instanceof CheckFailure && error.kind === 'not-finite') return 0;
    throw error;
  }
  for (let round = 0; round < rounds; round++) {
    const z = run(pointOf(set, rng));
    const path = randomCase(session, graph, z, rng);
    expect(path.empty, 'a case that holds a point').toBe(false);
    session.sites.forEach((_, site) => {
      const { lower, upper } = session.bounds(path, site);
      graph.sites[site].inputs.forEach((element, i) => {
        const own = z[element] - graph.sites[site].kinks[i];
        expect(own).toBeGreaterThanOrEqual(lower[i]);
        expect(own).toBeLessThanOrEqual(upper[i]);
      });
    });
    const proof = randomProof(session, path, rng);
    const leaf = { path, conjunction: 0, proof };
    const [bound] = session.leaves([leaf], inReals);
    expect(bound).toBeGreaterThanOrEqual(session.leaves([leaf])[0]);
    const y = Array.from(graph.outputs, (element) => z[element]);
    const value = worth(set, proof.rows, y);
    expect(bound).toBeLessThanOrEqual(value + Math.abs(value) * 1e-15);
    if (bound > -Infinity) asked++;
  }
  return asked;
}

/** Every element at x, in f64. */
const runFloat64 =
  (graph: Graph) =>
  (x: Float64Array): Float64Array => {
    const z = new Float64Array(graph.size);
    const whole = { ...graph, outputs: Int32Array.from(z.keys()) };
    z.set(evaluate(whole, x).outputs);
    return z;
  };

describe('bounds of the checker hold', () => {
  it.each(Object.keys(networks))('in real arithmetic, in any case of a tree: %s', (name) => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = createRng(`${name} ${seed}`);
      const graph = graphOf(networks[name], rng);
      checkLaw(graph, randomSet(graph, rng), real, runFloat64(graph), rng, 60);
    }
  });

  it.each(Object.keys(networks))('in float32, in any order of summation: %s', (name) => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = createRng(`${name} single ${seed}`);
      const graph = graphOf(networks[name], rng);
      const asked = checkLaw(
        graph,
        randomSet(graph, rng, seed % 2 ? 0.4 : 1e-6),
        single,
        (x) => runFloat32(graph, x, rng),
        rng,
        60,
      );
      expect(asked).toBeGreaterThan(50);
    }
  });

  it.each(Object.keys(networks))('in real arithmetic beside bounds for float32: %s', (name) => {
    for (let seed = 0; seed < 4; seed++) {
      const rng = createRng(`${name} both ${seed}`);
      const graph = graphOf(networks[name], rng);
      const set = randomSet(graph, rng, seed % 2 ? 0.4 : 1e-6);
      expect(checkLaw(graph, set, single, runFloat64(graph), rng, 40, true)).toBeGreaterThan(30);
    }
  });

  it('in float32 on networks built to deceive it', () => {
    let asked = 0;
    for (let seed = 0; seed < 150; seed++) {
      const rng = createRng(`hostile ${seed}`);
      const graph = graphOf(hostile(rng), rng);
      const set = randomSet(graph, rng, seed % 3 ? 0.3 : 1e-7);
      asked += checkLaw(graph, set, single, (x) => runFloat32(graph, x, rng), rng, 12);
    }
    expect(asked).toBeGreaterThan(500);
  });
});

describe('the f64 walk against exact arithmetic', () => {
  it.each(Object.keys(networks))('is below it, and close: %s', (name) => {
    for (const arithmetic of [real, single]) {
      const rng = createRng(`exact ${name}`);
      const graph = graphOf(networks[name], rng);
      const set = randomSet(graph, rng, 0.2);
      const sessions = [
        openCheck(graph, set, arithmetic),
        openCheck(graph, set, arithmetic, { exact: true }),
      ];
      const z = runFloat64(graph)(pointOf(set, rng));
      const seeds = [1, 2];
      for (const seed of seeds) {
        const bounds = sessions.map((session) => {
          const own = createRng(seed);
          const path = session.derive(session.root, { kind: 'adaptive' });
          const at = splitOf(session, path, z, graph);
          const split = session.split(
            path,
            at,
            z[graph.sites[0].inputs[0]] >= graph.sites[0].kinks[0] + at.point ? 'above' : 'below',
          );
          return session.leaves([
            { path: split, conjunction: 0, proof: randomProof(session, split, own) },
          ])[0];
        });
        expect(bounds[0]).toBeLessThanOrEqual(bounds[1]);
        expect(bounds[0]).toBeGreaterThan(bounds[1] - 1e-9 * (1 + Math.abs(bounds[1])));
      }
    }
  });
});

/** The first element of the first site, at 0 where that is within its bounds. */
function splitOf(session: CheckSession, path: Path, z: Float64Array, graph: Graph) {
  const { lower, upper } = session.bounds(path, 0);
  const value = z[graph.sites[0].inputs[0]] - graph.sites[0].kinks[0];
  return { site: 0, element: 0, point: lower[0] < 0 && upper[0] > 0 ? 0 : value };
}

describe('networks that break float reasoning (reference cases)', () => {
  /** Whether the property holds in real arithmetic and in float32. */
  const truths = {
    'chainconst-unit-80': [0, 0],
    'gemm2-bl-3e15': [0, 0],
    'relu2-bl': [0, 0],
    'half-denormal-1': [0, 0],
    'intercepts-pool-k64-110.0': [0, 0],
    'detect-gemm-200-0.1': [1, 0],
    addsub24: [1, 0],
  };
  it.each(Object.entries(truths))('%s', (name, [inReals, inFloat32]) => {
    const folder = sharedPath('cases/floats');
    if (folder === undefined) return;
    const graph = compileGraph(readModel(readFileSync(`${folder}/${name}.onnx`)));
    const text = name.startsWith('intercepts')
      ? gunzipSync(readFileSync(`${folder}/${name}.vnnlib.gz`))
      : readFileSync(`${folder}/${name}.vnnlib`);
    const { sets } = readVnnlib(String(text));
    const proved = ([real, single] as const).map((arithmetic) =>
      sets.every((set) => {
        const session = openCheck(graph, set, arithmetic);
        const path = session.derive(session.root, { kind: 'adaptive' });
        return set.unsafe.every((rows, conjunction) =>
          rows.some(
            (_, row) =>
              session.leaves([
                {
                  path,
                  conjunction,
                  proof: { rows: [{ row, weight: 1 }], changes: [], betas: new Float64Array(0) },
                },
              ])[0] > 0,
          ),
        );
      }),
    );
    expect(proved).toEqual([inReals === 1, inFloat32 === 1]);
  });
});
