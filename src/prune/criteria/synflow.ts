/** @file synflow: a weight's share of the flow through the network of absolute weights (Tanaka et al. 2020). */
import { compile } from '../../engine/compile.ts';
import { UserError } from '../../formats/userError.ts';
import { forward } from '../../nn/forward.ts';
import { parametersOf, ruleOf } from '../../nn/layers/rules.ts';
import { maskNumbers, type Masks } from '../../nn/masks.ts';
import type { Layer, Network, Parameters } from '../../nn/network.ts';
import { parameterSpecs, type Numbers } from '../../nn/parameters.ts';
import { float32, mul, ones, sum, valueAndGrad, type Tensor } from '../../tensor/index.ts';
import { mapMasks, splitByMasks } from '../masks.ts';
import type { Criterion } from './criterion.ts';

/**
 * On non-negative values a ReLU is the identity, which takes the place of every activation, and of normalisations that have
 * no parameters; nothing is shifted.
 */
function linearized(network: Network): Network {
  const layers = network.layers.map((layer): Layer => {
    const { name, inputs } = layer;
    const { elementwise, channelAffine } = ruleOf(layer);
    const fixed = channelAffine !== undefined && parametersOf(layer).length === 0;
    return elementwise || fixed ? { kind: 'relu', name, inputs } : layer;
  });
  return { ...network, layers };
}

/** |w|, |γ| and the running variance; 0 for everything that adds. */
function absolute(network: Network, numbers: Numbers): Record<string, Float32Array> {
  const adds = new Set(['bias', 'running_mean']);
  return Object.fromEntries(
    parameterSpecs(network).map(({ key, name }) => [
      key,
      Float32Array.from(numbers[key], adds.has(name) ? () => 0 : Math.abs),
    ]),
  );
}

function traced(network: Network, masks: Masks) {
  const specs = splitByMasks(network, masks, ({ shape }) => float32(shape));
  return compile(
    ({ weights, rest, scale }) => {
      const flow = valueAndGrad((p: Parameters<Tensor>) => {
        const x = mul(ones([1, ...network.inputShape]), scale);
        return sum(forward(network, { ...p, ...rest }, x, { mode: 'eval' }).output);
      });
      const [total, gradients] = flow(weights);
      return { total, gradients };
    },
    { ...specs, scale: float32([]) },
    { threads: 1 },
  );
}

const programs = new WeakMap<Network, { keys: string; program: ReturnType<typeof traced> }>();

/** The program for a network, made once for all rounds. */
function programFor(network: Network, masks: Masks): ReturnType<typeof traced> {
  const keys = Object.keys(masks).join();
  const known = programs.get(network);
  if (known?.keys === keys) return known.program;
  const program = traced(linearized(network), masks);
  programs.set(network, { keys, program });
  return program;
}

/** Sizes of the constant input; deep networks overflow at 1. Scores are proportional to it, their order is not. */
const inputScales = [1, 1e-10, 1e-20, 1e-30];

/**
 * |∂R/∂w ⊙ w| with R the sum of outputs for a constant input (eq. 2). Pruned in 100 exponential rounds, which is what
 * keeps every layer alive; needs no images.
 */
export const synflow: Criterion = {
  name: 'synflow',
  title: 'SynFlow',
  sentence: 'A weight’s share of the flow through the network of absolute weights; needs no images.',
  granularity: 'weight',
  counts: 'total',
  rounds: 100,
  async scores({ network, numbers, masks }) {
    const masked = maskNumbers(absolute(network, numbers), masks);
    const program = programFor(network, masks);
    const feeds = splitByMasks(network, masks, ({ key }) => masked[key]);
    for (const scale of inputScales) {
      const { total, gradients } = await program.run({ ...feeds, scale });
      const found = mapMasks(masks, (_, key) =>
        Float64Array.from(gradients[key].data, (g, i) => g * masked[key][i]),
      );
      const finite = Object.values(found).every((scores) => scores.every(Number.isFinite));
      if (Number.isFinite(total.data[0]) && finite) return found;
    }
    throw new UserError(
      `synflow: the flow through ${network.name} is beyond single precision. Use another prune_method.`,
    );
  },
};
