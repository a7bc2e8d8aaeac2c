import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import type { LayerFields, Network } from '../nn/network.ts';
import { constant, indicator, ge, interpret, mul, neg, sum, vjp, type Tensor } from '../tensor/index.ts';
import { backwardWalk } from './backward.ts';
import { boundNetwork, constantContext } from './boundNetwork.ts';
import { concretize } from './concretize.ts';
import { dualPass } from './dualPass.ts';
import { ibp } from './ibp.ts';
import { elementwiseSites } from './compact.ts';
import type { SiteSetting } from './nonlinear/member.ts';
import { relaxationFor } from './nonlinear/table.ts';
import { optimizedSites } from './optimizeRows.ts';
import type { RowProblem } from './rowProblem.ts';

const rows = 3;
const rng = createRng('dual pass');
const random = (shape: readonly number[], label: string, low = -1, high = 1): Tensor =>
  constant(rng.fork(label).fillUniform(new Float64Array(shape.reduce((a, b) => a * b, 1)), low, high), shape);

/** A shortcut around a convolution, layers of every other nonlinear kind, and two ReLUs; `last` ends it. */
function network(last: readonly LayerFields[]): Network {
  const conv = {
    kind: 'conv2d',
    kernel: [3, 3],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    groups: 1,
    bias: true,
  };
  const layers = [
    { ...conv, stride: [1, 1], inChannels: 1, outChannels: 3, name: 'c1', inputs: ['input'] },
    { kind: 'relu', name: 'r1', inputs: ['c1'] },
    { ...conv, stride: [1, 1], inChannels: 3, outChannels: 3, name: 'c2', inputs: ['r1'] },
    { kind: 'add', name: 'sum', inputs: ['c2', 'r1'] },
    { kind: 'leakyRelu', negativeSlope: 0.1, name: 'leaky', inputs: ['sum'] },
    {
      kind: 'maxPool2d',
      kernel: [2, 2],
      stride: [1, 1],
      padding: [1, 1, 0, 0],
      name: 'pool',
      inputs: ['leaky'],
    },
    { kind: 'tanh', name: 'tanh', inputs: ['pool'] },
    { kind: 'flatten', name: 'flat', inputs: ['tanh'] },
    { kind: 'linear', inFeatures: 48, outFeatures: 5, bias: true, name: 'f1', inputs: ['flat'] },
    { kind: 'relu', name: 'r2', inputs: ['f1'] },
    ...last.map((layer, i) => ({ ...layer, name: `last${i}`, inputs: [i === 0 ? 'r2' : `last${i - 1}`] })),
  ];
  return { name: 'mixed', inputShape: [1, 4, 4], layers } as unknown as Network;
}

/** Unstable neurons and padding as compact ones, the first two of them split in some rows. */
function setting(
  { size, member }: ReturnType<typeof elementwiseSites>[number],
  lower: Float64Array,
  upper: Float64Array,
  full: boolean,
): SiteSetting {
  const places = [...lower.keys()].filter((i) => full || (lower[i] < 0 && upper[i] > 0));
  const index = full ? places : [...places, 0, 0];
  const padded = (from: Float64Array): number[] => index.map((i, k) => (k < places.length ? from[i] : -1));
  const spread = (values: number[]): Float64Array =>
    Float64Array.from(Array.from({ length: rows }, () => values).flat());
  const [low, high] = [spread(padded(lower)), spread(padded(upper))];
  const u = index.length;
  low[0] = Math.max(low[0], 0);
  high[u + 1] = Math.min(high[u + 1], 0);
  return {
    active: indicator(ge(constant(lower, [1, size]), 0)),
    ...(!full && { index: constant(Int32Array.from(index), [u]) }),
    lower: constant(low, [rows, u]),
    upper: constant(high, [rows, u]),
    split: {
      position: constant(Int32Array.of(0, 1, 1, 1, 0, 0), [rows, 2]),
      side: constant(Float64Array.of(1, 0, -1, 0, 0, 0), [rows, 2]),
      ...(!member.gathered && { point: constant(Float64Array.of(0.3, 0, -0.2, 0, 0, 0), [rows, 2]) }),
    },
  };
}

/** Both ways to the bound and its gradients, in f64. */
function bothWays(net: Network, full: boolean): [Float64Array[], Float64Array[]] {
  const values = initialize(net, rng.fork('weights'));
  const bounded = boundNetwork(net, values);
  const context = constantContext(bounded);
  const box = { center: random([1, 1, 4, 4], 'center'), radius: random([1, 1, 4, 4], 'radius', 0, 0.3) };
  const intervals = ibp(
    net,
    { lower: random([1, 1, 4, 4], 'low', -1, -0.2), upper: random([1, 1, 4, 4], 'high', 0, 0.5) },
    context,
  );
  const numbersOf = (t: Tensor): Float64Array =>
    interpret({ inputs: [], outputs: [t], outputNames: ['t'] }, [])[0];
  const elementwise = elementwiseSites(bounded.sites);
  const sites = Object.fromEntries(
    elementwise.map((site) => {
      const { lower, upper } = intervals.get(site.input)!;
      const all = full || !site.member.gathered;
      return [site.name, setting(site, numbersOf(lower), numbersOf(upper), all)];
    }),
  );
  const problem: RowProblem = {
    network: net,
    context,
    start: {
      layer: bounded.output,
      coefficients: random([rows, ...bounded.shapes.get(bounded.output)!], 'start'),
    },
    box,
    sites,
    magnitudes: new Map(),
    others: new Map(
      bounded.sites
        .filter(({ name }) => !(name in sites))
        .map(({ name, layer, input }) => [name, relaxationFor(layer, intervals.get(input)!)]),
    ),
  };
  const names = Object.keys(sites);
  const optimized = optimizedSites(problem, rows);
  const shapeOf = (name: string): readonly number[] => {
    const { variables } = elementwise.find((site) => site.name === name)!.member;
    return [rows, variables * sites[name].lower.shape[1]];
  };
  const alpha = Object.fromEntries(
    names.map((name) => [name, optimized[name].settled(random(shapeOf(name), `alpha ${name}`, 0, 1))]),
  );
  const beta = Object.fromEntries(names.map((name) => [name, random([rows, 2], `beta ${name}`, 0, 1)]));

  const relaxations = Object.fromEntries(
    elementwise.map(({ name, layer, member }) => {
      const variables = { alpha: alpha[name], beta: beta[name] };
      return [name, member.rows.relaxation(layer, sites[name], variables).relax];
    }),
  );
  const walk = backwardWalk(net, problem.start, {
    ...context,
    relaxationOf: (name) => relaxations[name] ?? problem.others.get(name)!,
  });
  const lower = concretize(walk, box);
  const differentiated = vjp(
    sum(lower),
    names.flatMap((name) => [alpha[name], beta[name]]),
  );

  const push = Object.fromEntries(names.map((name) => [name, neg(mul(sites[name].split!.side, beta[name]))]));
  const dual = dualPass(problem, optimized, { alpha, push });
  const gradients = names.flatMap((name) => [
    mul(dual.alphaGradient[name], optimized[name].unstable ?? 1),
    neg(mul(sites[name].split!.side, dual.splitValues[name])),
  ]);
  const run = (outputs: Tensor[]): Float64Array[] =>
    interpret({ inputs: [], outputs, outputNames: outputs.map((_, i) => `${i}`) }, []);
  return [run([lower, ...differentiated]), run([dual.lower, ...gradients])];
}

describe('the dual pass', () => {
  const linear = { kind: 'linear', inFeatures: 5, outFeatures: 4, bias: true } as LayerFields;
  it.each([
    ['picked neurons', [linear], false],
    ['all neurons', [linear], true],
    ['from a nonlinear layer', [linear, { kind: 'leakyRelu', negativeSlope: 0.2 }], false],
  ] as const)('finds the bound of the walk and its derivatives: %s', (_, last, full) => {
    const [wanted, found] = bothWays(network(last), full);
    expect(found.length).toBe(wanted.length);
    wanted.forEach((values, k) => {
      expect(values.some((v) => v !== 0)).toBe(true);
      values.forEach((value, i) => expect(Math.abs(found[k][i] - value)).toBeLessThan(1e-9));
    });
  });
});
