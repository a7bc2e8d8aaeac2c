import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../data/normalization.ts';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import { parameterInputs, splitParameters } from '../nn/parameters.ts';
import { graph } from '../nn/zoo/graph.ts';
import { float32, int32, interpret, trace, valueAndGradWith } from '../tensor/index.ts';
import { dropoutNoise, keepMasksFrom } from './dropout.ts';
import { objectiveContext } from './objectives/context.ts';
import { objectives } from './objectives/objectives.ts';

/** Every kind of layer in the zoo: residual sums with parameterless shortcuts, pooling, dropout, two batch norms in a row. */
const network = (() => {
  const net = graph('all kinds', [1, 8, 8]);
  const pixels = net.normalize('input', identityNormalization(1));
  const x = net.relu(net.batchNorm(net.conv(pixels, 2, { kernel: 3, padding: 1, bias: false })));
  const pooled = net.maxPool(x, 3, 2, 1);
  const inner = net.batchNorm(net.conv(pooled, 4, { kernel: 3, stride: 2, padding: 1 }));
  const sum = net.add(inner, net.subsample(pooled, 4));
  const mean = net.flatten(net.globalAvgPool(net.relu(net.batchNorm(sum))));
  net.linear(net.dropout(net.relu(net.linear(mean, 4)), 0.5), 3);
  return net.build();
})();

const batch = 3;
const rng = createRng('zoo layers');
const { trainable, buffers } = parameterInputs(network);
const numbers = splitParameters(network, initialize(network, rng));
const start = Object.values(numbers.trainable).map((v) => Float64Array.from(v));
const noiseShapes = dropoutNoise(network, batch);
const rest = [
  ...Object.values(numbers.buffers),
  rng.fillUniform(new Float64Array(batch * 64), 0.2, 0.8),
  [0, 2, 1],
  [0.01],
  rng.fillUniform(new Float64Array(batch * 4), -1, 1),
];

describe('layers of the zoo in training', () => {
  it('dropout keeps the share it should', () => {
    expect(Object.values(noiseShapes)).toEqual([[3, 4]]);
    const { program } = trace(({ noise }) => keepMasksFrom(network, noise), {
      noise: { 'dropout/dropout1': float32([3, 4]) },
    });
    const noise = [-0.9, -0.1, 0, 0.1, 0.9, -0.5, 0.5, -1, 1, 0.2, -0.2, 0.3];
    expect([...interpret(program, [noise])[0]]).toEqual(noise.map((v) => (v >= 0 ? 1 : 0)));
  });

  it.each(['natural', 'ibp', 'crownIbp'])('%s: gradient meets finite differences', (name) => {
    const { program } = trace(
      ({ params, state, ...args }) => {
        const [loss, , gradient] = valueAndGradWith((p: typeof params) => {
          const context = objectiveContext({
            network,
            params: { ...p, ...state },
            mode: 'train',
            keepMasks: keepMasksFrom(network, args.noise),
            ...args,
          });
          return [objectives.named(name).evaluate(context, { crownShare: 0.5 }).loss, undefined] as const;
        })(params);
        return { loss, gradient };
      },
      {
        params: trainable,
        state: buffers,
        x: float32([batch, 1, 8, 8]),
        y: int32([batch]),
        epsilon: float32([]),
        noise: Object.fromEntries(Object.entries(noiseShapes).map(([k, s]) => [k, float32(s)])),
      },
    );
    const run = (params: readonly ArrayLike<number>[]) => interpret(program, [...params, ...rest]);
    const found = run(start).slice(1);
    start.forEach((values, k) => {
      const i = values.length - 1;
      const at = (d: number) =>
        run(start.map((v, j) => (j === k ? v.map((w, n) => (n === i ? w + d : w)) : v)))[0][0];
      const slope = (at(1e-6) - at(-1e-6)) / 2e-6;
      expect(Math.abs(found[k][i] - slope)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
    });
  });
});
