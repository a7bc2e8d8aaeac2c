/** Provers made wrong on purpose: what they claim falsely is never told as proved once the checker has looked at it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mapBall } from '../../src/bounds/ball.ts';
import { checkedModel } from '../../src/certify/checkedModel.ts';
import { createRng } from '../../src/data/rng.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import { testModel } from '../../src/nn/import/graph.testing.ts';
import { importOnnxBytes } from '../../src/nn/import/importOnnx.ts';
import { perceptron, randomNetwork, randomNumbers } from '../../src/verify/exact/randomNetwork.testing.ts';
import { milpBound } from '../../src/verify/exact/milp.ts';
import { refuteAll, type RefuteOptions } from '../../src/verify/files/refuteAll.ts';
import { boxStatement } from '../../src/verify/files/statements.ts';
import { openNetwork } from '../../src/verify/files/subject.ts';
import { mapInputs } from '../../src/verify/prepare.ts';
import type { Specification } from '../../src/verify/specification.ts';
import type { VerificationResult } from '../../src/verify/verdict.ts';
import { add, mul } from '../../src/tensor/index.ts';
import { interpreterMachine } from './interpreterMachine.testing.ts';
import { changeRelu, mend, slips } from './slips.testing.ts';
import { wrong } from './wrong.testing.ts';

vi.mock('../../src/bounds/concretize.ts', async (original) => {
  const { wrong: now } = await import('./wrong.testing.ts');
  const right = await original<typeof import('../../src/bounds/concretize.ts')>();
  return {
    ...right,
    concretizeSoundly: (...[bound, box]: Parameters<typeof right.concretizeSoundly>) => {
      const found = right.concretizeSoundly(bound, {
        ...box,
        radius: now.radius?.(box.radius) ?? box.radius,
        ...mapBall(box, (part) => now.radius?.(part) ?? part),
      });
      return now.concrete?.(found) ?? found;
    },
  };
});

/** Whether the queue forgets what lies below the first split. */
let forgetful = false;
vi.mock('../../src/verify/domain.ts', async (original) => {
  const right = await original<typeof import('../../src/verify/domain.ts')>();
  return {
    ...right,
    domainQueue: () => {
      const queue = right.domainQueue();
      const push: typeof queue.push = (domain) => {
        if (!forgetful || domain.splits[0]?.side !== -1) queue.push(domain);
      };
      return { ...queue, push };
    },
  };
});

afterEach(() => {
  mend();
  forgetful = false;
});

const none = { restarts: 0, steps: 1, relativeStep: 1 };
const effort = { blockIterations: 8, blocks: 1, rates: { alpha: 0.2, beta: 0.1, decay: 0.98 } };
const asked: RefuteOptions = {
  cheapAttack: none,
  strongAttack: none,
  inputSplit: false,
  maxDomains: 400,
  batchRows: 16,
  rootEffort: effort,
  domainEffort: effort,
  intermediateIterations: 0,
};

type Kind = 'residual' | 'dense';

/** A network with a row of its outputs, its least value over a box as it is, and a prover that is as wrong as may be just now. */
async function question(kind: Kind, seed: number, radius: number) {
  const rng = createRng(`wrong prover ${kind} ${seed}`);
  const network = perceptron([3, 6, 6, 3]);
  const given =
    kind === 'dense' ? { network, numbers: randomNumbers(network, rng) } : randomNetwork(kind, rng);
  const { tools, outputShape } = await openNetwork(given, { threads: 1 });
  const { prepared } = tools;
  const size = given.network.inputShape.reduce((a, b) => a * b, 1);
  const center = Float64Array.from({ length: size }, () => Math.fround(rng.uniform(-1, 1)));
  const box = { lower: center.map((v) => v - radius), upper: center.map((v) => v + radius) };
  const coefficients = new Float64Array(outputShape.at(-1)!);
  [coefficients[0], coefficients[1]] = [1, -1];
  const exact = await milpBound(
    prepared.bounded,
    mapInputs(prepared.inputMap, box),
    {},
    {
      coefficients,
      bound: 0,
    },
  );
  if (exact.kind !== 'optimal') throw new Error(exact.kind);
  /** Points do not help it either: they seem safe. */
  const blind = () => Promise.resolve(Float32Array.from(coefficients, (c) => 1e6 * c));
  const wronged = {
    ...tools,
    machine: interpreterMachine(prepared.bounded),
    replayer: { outputs: blind },
  };
  /** Asks whether the row stays above a bound that is above its least value: it does not. */
  return (beyond: number, options: RefuteOptions = {}): Promise<VerificationResult> => {
    const unsafe = [[{ coefficients, bound: exact.lower + beyond }]];
    const spec: Specification = { ...box, unsafe };
    return refuteAll(wronged, [spec], { ...asked, statement: boxStatement(spec), ...options });
  };
}

const slipNamed = (name: string): (() => void) => slips.find(([title]) => title === name)![2];

/** What is wrong; the networks that notice; how wide their boxes are, and how far beyond the truth the claims go. */
const provers: readonly [string, Kind, number, readonly number[], () => void][] = [
  [
    'a relaxation with the wrong slope',
    'dense',
    0.5,
    [0.02, 0.1],
    changeRelu({
      reluLines: (l) => ({ ...l, upperSlope: mul(l.upperSlope, 0.5), intercept: mul(l.intercept, 0.5) }),
    }),
  ],
  [
    'bounds off by 1e-4',
    'dense',
    1e-3,
    [5e-5],
    () =>
      void Object.assign(wrong, { concrete: (c) => ({ ...c, lower: add(c.lower, 1e-4) }) } as typeof wrong),
  ],
  [
    'a box too small',
    'dense',
    0.02,
    [1e-4, 1e-3],
    () => void Object.assign(wrong, { radius: (r) => mul(r, 0.9) } as typeof wrong),
  ],
  [
    'a branch of an addition forgotten',
    'residual',
    0.3,
    [0.02, 0.1],
    slipNamed('one branch of add forgotten'),
  ],
  ['a branch of the search forgotten', 'dense', 0.5, [1e-3, 1e-4], () => void (forgetful = true)],
];

describe('a prover made wrong', () => {
  it.each(provers)('%s is not believed', async (_, kind, radius, distances, slip) => {
    let fooled = 0;
    for (let seed = 0; seed < 8; seed++) {
      slip();
      const ask = await question(kind, seed, radius);
      for (const beyond of distances) {
        const { verdict } = await ask(beyond, { certify: 'never' });
        if (verdict.kind !== 'verified') continue;
        fooled++;
        const checked = await ask(beyond);
        expect(checked.verdict, `network ${seed}, ${beyond} beyond`).toEqual({
          kind: 'unknown',
          why: 'numerical',
        });
      }
    }
    // Without the check it is told as proved.
    expect(fooled).toBeGreaterThan(0);
  });

  it('that passes over a Cast is told as checked of nothing', async () => {
    // The file cuts decimals off: 2 · 0.9 is read as 1.8, and is 0.
    const model = (cast: boolean): Uint8Array =>
      encodeModel(
        testModel([1, 2], (g) => {
          const whole = (x: string): string => g.node('Cast', [g.node('Cast', [x], { to: 6 })], { to: 1 });
          return g.node('Relu', [g.node('Mul', [cast ? whole('x') : 'x', g.floats([2], [2, 2])])]);
        }),
      );
    const { tools } = await openNetwork(importOnnxBytes(model(false)), { threads: 1 });
    const file = model(true);
    const wronged = { ...tools, checked: () => Promise.resolve(checkedModel(file)) };
    const spec: Specification = {
      lower: Float64Array.of(0.9, 0.9),
      upper: Float64Array.of(0.95, 0.95),
      unsafe: [[{ coefficients: Float64Array.of(1, 0), bound: 1 }]],
    };
    const result = await refuteAll(wronged, [spec], { ...asked, statement: boxStatement(spec) });
    expect(result).toMatchObject({
      verdict: { kind: 'verified' },
      checked: expect.stringMatching(/^no: .*Cast/),
    });
  });
});
