/** @file Exam: networks whose numbers are large, tiny, equal or cancel, against exact arithmetic. */
import { openVerifier } from './openVerifier.ts';
import { atMost, dot, dyadic, evaluateExactly } from './dyadic.ts';
import type { Answered, ExamFamily } from './family.ts';
import { hostileKinds, type HostileQuestion } from './hostileNetworks.ts';

/** Ways through the verifier, in turn. */
const ways = [{}, { inputSplit: false }, { inputSplit: false, method: 'mip' as const }];

/** Whether the property is violated at one of the points: in real numbers, or in plain ONNX Runtime. */
async function isUnsafe(
  { net, points, coefficients, bound }: HostileQuestion,
  outputs: (input: Float32Array) => Promise<Float32Array>,
): Promise<boolean> {
  for (const point of points) {
    if (atMost(dot(coefficients, evaluateExactly(net, point)), dyadic(bound))) return true;
    const computed = await outputs(Float32Array.from(point));
    if (coefficients.reduce((sum, c, i) => sum + c * computed[i], 0) <= bound) return true;
  }
  return false;
}

async function ask(question: HostileQuestion, way: number, name: string): Promise<Answered> {
  const { verify, outputs } = await openVerifier(question.net);
  const unsafe = await isUnsafe(question, outputs);
  const { coefficients, bound, lower, upper } = question;
  const { verdict } = await verify(
    {
      lower: Float64Array.from(lower),
      upper: Float64Array.from(upper),
      unsafe: [[{ coefficients: Float64Array.from(coefficients), bound }]],
    },
    ways[way],
  );
  const asked = `${name}: ${question.name}`;
  if (verdict.kind === 'unknown') return { question: asked, outcome: 'open' };
  const wrong = verdict.kind === 'verified' ? unsafe : question.safe === true;
  if (wrong) return { question: asked, outcome: 'wrong', detail: `${verdict.kind} by ${verdict.by}` };
  return { question: asked, outcome: unsafe || question.safe ? 'right' : 'open' };
}

export const rescaledNetworks: ExamFamily = {
  name: 'rescaled networks',
  asks:
    'Layers rescaled by powers of two up to 2^±120, constants of 1e6 to 1e17 that cancel, sums of thousands of equal ' +
    'terms, chains of products that all round the same way, denormal weights; bounds that are met by equality.',
  truth:
    'Networks are evaluated in exact binary fractions at the point in question, and in plain ONNX Runtime.',
  leastRight: { small: 2, full: 30 },
  async sit({ size, rng, signal, answered }) {
    const rounds = size === 'small' ? 1 : 24;
    for (let round = 0; round < rounds; round++)
      for (const [name, make] of Object.entries(hostileKinds)) {
        signal.throwIfAborted();
        answered(await ask(make(rng.fork(`${name} ${round}`)), round % ways.length, `${name} ${round}`));
      }
  },
};
