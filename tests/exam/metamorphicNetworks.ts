/** @file Exam: questions that say the same in other words get answers that do not contradict. */
import type { LinearLayer } from '../../src/nn/layers/linear.ts';
import type { Rng } from '../../src/data/rng.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import type { Layer } from '../../src/nn/network.ts';
import type { VerifyOptions } from '../../src/verify/pipeline.ts';
import type { Verdict } from '../../src/verify/verdict.ts';
import { chainOf, type Step } from './chainNetwork.ts';
import type { Answered, ExamFamily } from './family.ts';
import { openVerifier } from './openVerifier.ts';

interface Question {
  readonly net: NumberedNetwork;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly coefficients: Float64Array;
  readonly bound: number;
}

/** Numbers with few digits, so that sums of them are exact in any order. */
const short = (rng: Rng, largest: number): number => (rng.integer(2 * largest + 1) - largest) / 16;

function randomQuestion(rng: Rng): Question {
  const inputs = 2 + rng.integer(3);
  const widths = [inputs, 4 + rng.integer(6), 4 + rng.integer(6), 2];
  const steps = widths.slice(1).flatMap((width, k): Step[] => [
    {
      rows: Array.from({ length: width }, () => Array.from({ length: widths[k] }, () => short(rng, 24))),
      bias: Array.from({ length: width }, () => short(rng, 12)),
    },
    ...(k < 2 ? (['relu'] as const) : []),
  ]);
  return {
    net: chainOf([inputs], steps),
    lower: Float64Array.from({ length: inputs }, () => -rng.integer(5) / 4),
    upper: Float64Array.from({ length: inputs }, () => (1 + rng.integer(4)) / 4),
    coefficients: Float64Array.of(1, -1),
    bound: short(rng, 160),
  };
}

/** A network with the layers of another, changed. */
function changed(
  { network, numbers }: NumberedNetwork,
  change: (layers: Layer[], numbers: Record<string, Float32Array>) => Layer[] | void,
): NumberedNetwork {
  const copy = Object.fromEntries(
    Object.entries(numbers).map(([key, values]) => [key, Float32Array.from(values)]),
  );
  const layers = [...network.layers];
  return { network: { ...network, layers: change(layers, copy) ?? layers }, numbers: copy };
}

const linears = (layers: readonly Layer[]): LinearLayer[] =>
  layers.filter((layer): layer is LinearLayer => layer.kind === 'linear');

/** Hidden neurons in another order. */
function permuted(question: Question, rng: Rng): Question {
  const net = changed(question.net, (layers, numbers) => {
    const dense = linears(layers);
    dense.slice(0, -1).forEach((layer, k) => {
      const order = Array.from({ length: layer.outFeatures }, (_, i) => i);
      for (let i = order.length - 1; i > 0; i--) {
        const j = rng.integer(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      const [weight, bias] = [numbers[`${layer.name}.weight`], numbers[`${layer.name}.bias`]];
      const next = numbers[`${dense[k + 1].name}.weight`];
      const n = layer.inFeatures;
      const rows = dense[k + 1].outFeatures;
      numbers[`${layer.name}.weight`] = Float32Array.from(
        order.flatMap((from) => [...weight.subarray(from * n, (from + 1) * n)]),
      );
      numbers[`${layer.name}.bias`] = Float32Array.from(order, (from) => bias[from]);
      numbers[`${dense[k + 1].name}.weight`] = Float32Array.from({ length: next.length }, (_, at) => {
        const row = Math.floor(at / order.length);
        return row < rows ? next[row * order.length + order[at % order.length]] : 0;
      });
    });
  });
  return { ...question, net };
}

/** Each hidden neuron's row times a power of two of its own, and what reads it by the inverse. */
function scaledUnits(question: Question, rng: Rng): Question {
  const net = changed(question.net, (layers, numbers) => {
    const dense = linears(layers);
    dense.slice(0, -1).forEach((layer, k) => {
      const factors = Array.from({ length: layer.outFeatures }, () => 2 ** (rng.integer(61) - 30));
      const [weight, bias] = [numbers[`${layer.name}.weight`], numbers[`${layer.name}.bias`]];
      const next = numbers[`${dense[k + 1].name}.weight`];
      for (let i = 0; i < weight.length; i++) weight[i] *= factors[Math.floor(i / layer.inFeatures)];
      for (let i = 0; i < bias.length; i++) bias[i] *= factors[i];
      for (let i = 0; i < next.length; i++) next[i] /= factors[i % factors.length];
    });
  });
  return { ...question, net };
}

/** Identities between the layers: a matrix, a scale of 1 or a second ReLU. */
function withIdentities(question: Question, rng: Rng): Question {
  const net = changed(question.net, (layers, numbers) => {
    const made: Layer[] = [];
    let last = 'input';
    for (const layer of layers) {
      made.push({ ...layer, inputs: [last] });
      last = layer.name;
      const name = `${layer.name} identity`;
      const width = layer.kind === 'linear' ? layer.outFeatures : 0;
      const kind = rng.integer(3);
      if (kind === 0 && width > 0) {
        made.push({
          kind: 'linear',
          name,
          inputs: [last],
          inFeatures: width,
          outFeatures: width,
          bias: false,
        });
        numbers[`${name}.weight`] = Float32Array.from({ length: width * width }, (_, i) =>
          i % (width + 1) === 0 ? 1 : 0,
        );
      } else if (kind === 1) {
        made.push({ kind: 'affine', name, inputs: [last], shape: [1], weight: true, bias: false });
        numbers[`${name}.weight`] = Float32Array.of(1);
      } else if (layer.kind === 'relu') made.push({ kind: 'relu', name, inputs: [last] });
      else continue;
      last = name;
    }
    return made;
  });
  return { ...question, net };
}

/** Everything times two, the bound as well. */
const doubled = (question: Question): Question => ({
  ...question,
  coefficients: question.coefficients.map((c) => 2 * c),
  bound: 2 * question.bound,
});

/** The halves of the box along its first input. */
function halves(question: Question): Question[] {
  const { lower, upper } = question;
  const middle = (lower[0] + upper[0]) / 2;
  return [
    { ...question, upper: upper.map((u, i) => (i === 0 ? middle : u)) },
    { ...question, lower: lower.map((l, i) => (i === 0 ? middle : l)) },
  ];
}

type Kind = Verdict['kind'];

async function decide(question: Question, options: VerifyOptions): Promise<Kind> {
  const { verify } = await openVerifier(question.net);
  const { coefficients, bound, lower, upper } = question;
  const { verdict } = await verify({ lower, upper, unsafe: [[{ coefficients, bound }]] }, options);
  return verdict.kind;
}

/** Of a whole from its parts: proved where all are, refuted where one is. */
function joined(parts: readonly Kind[]): Kind {
  if (parts.includes('falsified')) return 'falsified';
  return parts.every((kind) => kind === 'verified') ? 'verified' : 'unknown';
}

const others: Readonly<Record<string, (question: Question, rng: Rng) => Question[]>> = {
  'permuted neurons': (question, rng) => [permuted(question, rng)],
  'scaled units': (question, rng) => [scaledUnits(question, rng)],
  'appended identities': (question, rng) => [withIdentities(question, rng)],
  'a doubled property': (question) => [doubled(question)],
  'split boxes': halves,
};

export const metamorphicNetworks: ExamFamily = {
  name: 'metamorphic networks',
  asks:
    'A random network and property, then the same with neurons permuted, units scaled by powers of two, identities ' +
    'appended, the property doubled, the box halved: no answer contradicts another.',
  truth: 'Both questions have the same answer by construction; all numbers are short binary fractions.',
  leastRight: { small: 4, full: 60 },
  async sit({ size, rng, signal, answered }) {
    const rounds = size === 'small' ? 2 : 24;
    for (let round = 0; round < rounds; round++) {
      const question = randomQuestion(rng.fork(`question ${round}`));
      const options: VerifyOptions = round % 2 === 0 ? { inputSplit: false } : {};
      const first = await decide(question, options);
      for (const [name, change] of Object.entries(others)) {
        signal.throwIfAborted();
        const parts = change(question, rng.fork(`${name} ${round}`));
        const kinds: Kind[] = [];
        for (const part of parts) kinds.push(await decide(part, options));
        answered(judged(`${name} ${round}`, first, joined(kinds)));
      }
    }
  },
};

function judged(question: string, first: Kind, second: Kind): Answered {
  if (first === 'unknown' || second === 'unknown') return { question, outcome: 'open' };
  if (first === second) return { question, outcome: 'right' };
  return { question, outcome: 'wrong', detail: `${first}, then ${second}` };
}
