/** @file Dead parts for the exam's pruned networks: put into a small network so that its function stays the same. */
import type { Rng } from '../../src/data/rng.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import type { Layer } from '../../src/nn/network.ts';
import { networkOf, type Affine } from './reluNetworks.ts';

/** What pruning leaves of a network, and the network without it. */
export interface Pruned extends NumberedNetwork {
  /** Inputs: the core's two, then some that nothing reads. */
  readonly inputs: number;
}

/** Numbers with few digits: sums and products of them are exact in f32, so folded constants are too. */
export const short = (rng: Rng, largest = 1): number => Math.round(rng.uniform(-16, 16) * largest) / 16;

/** Zero as a mask leaves it, of either sign. */
const nothing = (rng: Rng): number => (rng.integer(2) === 0 ? 0 : -0);

const kinds = ['row', 'column', 'constant'] as const;

/** A neuron that may go: `row` is 0, `column` is read by nobody, `constant` is what its bias says. */
interface Dead {
  readonly kind: (typeof kinds)[number];
  readonly bias: number;
}

function deadNeuron(rng: Rng): Dead {
  const kind = kinds[rng.integer(kinds.length)];
  const size = (1 + rng.integer(24)) / 16;
  return { kind, bias: kind === 'column' ? short(rng) : kind === 'row' ? -(size - 1 / 16) : size };
}

/**
 * Dead neurons in every hidden layer, at random places among the living, and inputs that nothing reads. A living
 * neuron gives constants that reach it back in its bias.
 */
function withDeadNeurons(core: readonly Affine[], unread: number, rng: Rng): Affine[] {
  // Neurons of the layer before: a number is the core's, else a dead one (or an input that is read by nobody).
  let before: (number | Dead)[] = [0, 1, ...Array.from({ length: unread }, () => deadInput)];
  return core.map(({ weight, bias }, k) => {
    const own: (number | Dead)[] = bias.map((_, o) => o);
    if (k < core.length - 1)
      for (let n = 2 + rng.integer(4); n > 0; n--)
        own.splice(rng.integer(own.length + 1), 0, deadNeuron(rng));
    const rows = own.map((neuron) =>
      before.map((source) => {
        const isDeadRow = typeof neuron !== 'number' && neuron.kind !== 'column';
        if (isDeadRow || (typeof source !== 'number' && source.kind === 'column')) return nothing(rng);
        return typeof neuron === 'number' && typeof source === 'number' ? weight[neuron][source] : short(rng);
      }),
    );
    const biases = own.map((neuron, o) => {
      if (typeof neuron !== 'number') return neuron.bias;
      const constants = before.map((source, i) =>
        typeof source !== 'number' && source.kind === 'constant' ? rows[o][i] * source.bias : 0,
      );
      return bias[neuron] - constants.reduce((sum, c) => sum + c, 0);
    });
    before = own;
    return { weight: rows, bias: biases };
  });
}

const deadInput: Dead = { kind: 'column', bias: 0 };

/** Unstructured or structured pruning of dense layers: rows and columns of zeros, constants, unread inputs. */
export function deadRowsAndColumns(core: readonly Affine[], rng: Rng): Pruned {
  const unread = rng.integer(3);
  return { ...networkOf('pruned', withDeadNeurons(core, unread, rng)), inputs: 2 + unread };
}

/**
 * The same as convolutions on one pixel (3x3 kernels padded by 1, of which the middle alone meets it) with batch
 * norms, whose γ is 0 in half of the channels that are dead.
 */
export function deadChannels(core: readonly Affine[], rng: Rng): Pruned {
  const dense = withDeadNeurons(core, 0, rng);
  const layers: Layer[] = [];
  const numbers: Record<string, Float32Array> = {};
  let last = 'input';
  const add = (layer: Layer): void => {
    layers.push(layer);
    last = layer.name;
  };
  dense.forEach(({ weight, bias }, k) => {
    const [outputs, inputs] = [weight.length, weight[0].length];
    const name = `layer${k}`;
    if (k === dense.length - 1) {
      add({ kind: 'flatten', name: 'flatten', inputs: [last] });
      add({ kind: 'linear', name, inputs: [last], inFeatures: inputs, outFeatures: outputs, bias: true });
      numbers[`${name}.weight`] = Float32Array.from(weight.flat());
      numbers[`${name}.bias`] = Float32Array.from(bias);
      return;
    }
    const size = k === 0 ? 1 : 3;
    add({
      kind: 'conv2d',
      name,
      inputs: [last],
      inChannels: inputs,
      outChannels: outputs,
      kernel: [size, size],
      stride: [1, 1],
      padding: k === 0 ? [0, 0, 0, 0] : [1, 1, 1, 1],
      dilation: [1, 1],
      groups: 1,
      bias: false,
    });
    const norm = `norm${k}`;
    add({ kind: 'batchNorm2d', name: norm, inputs: [last], features: outputs, eps: 0, momentum: 0.1 });
    add({ kind: 'relu', name: `relu${k}`, inputs: [last] });
    const alive = weight.map((row) => row.some((w) => w !== 0));
    // γ/√variance is a power of two; a pruned channel has no γ, or no weights.
    const gamma = alive.map((is) => (is ? 2 ** (rng.integer(5) - 2) : rng.integer(2)));
    const variance = gamma.map(() => 4 ** (rng.integer(3) - 1));
    const mean = weight.map((_, o) => (gamma[o] === 0 || alive[o] ? short(rng) : 0));
    const factor = gamma.map((g, o) => g / Math.sqrt(variance[o]));
    const middle = (size * size - 1) / 2;
    numbers[`${name}.weight`] = Float32Array.from(
      weight.flatMap((row, o) =>
        row.flatMap((w) =>
          Array.from({ length: size * size }, (_, at) => {
            if (factor[o] !== 0 && !alive[o]) return nothing(rng);
            return at !== middle || factor[o] === 0 ? short(rng) : w / factor[o];
          }),
        ),
      ),
    );
    numbers[`${norm}.weight`] = Float32Array.from(gamma);
    numbers[`${norm}.running_var`] = Float32Array.from(variance);
    numbers[`${norm}.running_mean`] = Float32Array.from(mean);
    numbers[`${norm}.bias`] = Float32Array.from(bias, (b, o) => b + factor[o] * mean[o]);
  });
  return { network: { name: 'pruned', inputShape: [2, 1, 1], layers }, numbers, inputs: 2 };
}

/** Behind each ReLU an addition of a branch of two layers, of which one or both are pruned away whole. */
export function deadBranches(core: readonly Affine[], rng: Rng): Pruned {
  const dense = deadRowsAndColumns(core, rng);
  const numbers = { ...dense.numbers };
  let width = dense.inputs;
  let last = 'input';
  const layers = dense.network.layers.flatMap((layer): Layer[] => {
    const own = { ...layer, inputs: [last] };
    last = layer.name;
    if (layer.kind === 'linear') width = layer.outFeatures;
    if (layer.kind !== 'relu') return [own];
    const [first, second] = [`${layer.name} first`, `${layer.name} second`];
    const size = 1 + rng.integer(4);
    const firstIsDead = rng.integer(2) === 0;
    const secondIsDead = !firstIsDead || rng.integer(2) === 0;
    const weights = (count: number, dead: boolean): Float32Array =>
      Float32Array.from({ length: count }, () => (dead ? nothing(rng) : short(rng)));
    numbers[`${first}.weight`] = weights(size * width, firstIsDead);
    // What the second layer reads of a dead first one is 0: its biases are not above 0.
    numbers[`${first}.bias`] = Float32Array.from({ length: size }, () => -rng.integer(9) / 8);
    numbers[`${second}.weight`] = weights(width * size, secondIsDead);
    last = `${layer.name} sum`;
    return [
      own,
      { kind: 'linear', name: first, inputs: [own.name], inFeatures: width, outFeatures: size, bias: true },
      { kind: 'relu', name: `${first} relu`, inputs: [first] },
      {
        kind: 'linear',
        name: second,
        inputs: [`${first} relu`],
        inFeatures: size,
        outFeatures: width,
        bias: false,
      },
      { kind: 'add', name: last, inputs: [own.name, second] },
    ];
  });
  return { network: { ...dense.network, layers }, numbers, inputs: dense.inputs };
}

/**
 * One hidden layer has lost all its weights: whatever comes in, its biases go out.
 * @returns the pruned network, and the core with that layer's inputs taken away
 */
export function deadLayer(core: readonly Affine[], rng: Rng): { pruned: Pruned; core: Affine[] } {
  const dead = rng.integer(core.length - 1);
  const constant = core.map((layer, k) =>
    k === dead ? { ...layer, weight: layer.weight.map((row) => row.map(() => 0)) } : layer,
  );
  return { pruned: deadRowsAndColumns(constant, rng), core: constant };
}
