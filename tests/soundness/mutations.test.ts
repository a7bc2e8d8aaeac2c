/**
 * Does the law suite notice wrong rules? Each slip breaks one rule as a slip of the pen would; the same networks and
 * boxes that break no law with the right rules must break one with it.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { mapBall, type Norm } from '../../src/bounds/ball.ts';
import { boundNetwork } from '../../src/bounds/boundNetwork.ts';
import { createRng } from '../../src/data/rng.ts';
import { mul, sizeOf } from '../../src/tensor/index.ts';
import { randomNetwork, type Architecture } from '../../src/verify/exact/randomNetwork.testing.ts';
import { interpreterMachine } from './interpreterMachine.testing.ts';
import { checkLaws, checkVariants, endsOf } from './laws.testing.ts';
import { ballSlips, changeRelu, forwardSlips, mend, slips } from './slips.testing.ts';

vi.mock('../../src/bounds/concretize.ts', async (original) => {
  const { wrong } = await import('./wrong.testing.ts');
  const right = await original<typeof import('../../src/bounds/concretize.ts')>();
  return {
    ...right,
    concretizeSoundly: (...[bound, box]: Parameters<typeof right.concretizeSoundly>) => {
      const found = right.concretizeSoundly(bound, {
        ...box,
        radius: wrong.radius?.(box.radius) ?? box.radius,
        ...mapBall(box, (part) => wrong.radius?.(part) ?? part),
      });
      return wrong.concrete?.(found) ?? found;
    },
  };
});

vi.mock('../../src/bounds/leastOverBall.ts', async (original) => {
  const { wrong } = await import('./wrong.testing.ts');
  const right = await original<typeof import('../../src/bounds/leastOverBall.ts')>();
  return {
    ...right,
    lossBound: (...args: Parameters<typeof right.lossBound>) => {
      const found = right.lossBound(...args);
      return wrong.ballLoss?.(found) ?? found;
    },
  };
});

afterEach(mend);

/** So many networks a slip may need until one notices. */
const networks = 30;
/** Kind of network → how many of them its slips took; the right rules are tried on the same. */
const taken = new Map<string, number>();

type Laws = (architecture: Architecture, norm: Norm, trial: number) => Promise<readonly string[]>;

const bounds: Laws = async (architecture, norm, trial) => {
  const rng = createRng(`mutation ${architecture} ${trial}`);
  const given = randomNetwork(architecture, rng);
  const machine = interpreterMachine(boundNetwork(given.network, given.numbers));
  const ends = endsOf(sizeOf(given.network.inputShape), norm, rng);
  return (await checkLaws(machine, given, ends, rng.fork('laws'), 3)).broken;
};

/** Other ways to intermediate bounds. */
const variants: Laws = (architecture, norm, trial) => {
  const rng = createRng(`variants ${architecture} ${trial}`);
  const given = randomNetwork(architecture, rng);
  const machine = interpreterMachine(boundNetwork(given.network, given.numbers));
  const ends = endsOf(sizeOf(given.network.inputShape), norm, rng);
  return checkVariants(machine, given, ends, rng.fork('laws'));
};

const kindOf = (laws: Laws, architecture: Architecture, norm: Norm): string =>
  `${laws === bounds ? 'bounds' : 'other ways'} ${architecture} ${norm}`;

/** Some network of the kind breaks a law. */
async function expectBreach(laws: Laws, architecture: Architecture, norm: Norm = 'inf'): Promise<void> {
  const kind = kindOf(laws, architecture, norm);
  for (let trial = 0; trial < networks; trial++) {
    if ((await laws(architecture, norm, trial)).length === 0) continue;
    taken.set(kind, Math.max(taken.get(kind) ?? 0, trial + 1));
    return;
  }
  expect.unreachable(`${kind}: nothing is noticed on ${networks} networks`);
}

/** None of the networks that noticed slips breaks a law. */
async function expectNoBreach(laws: Laws, architecture: Architecture, norm: Norm = 'inf'): Promise<void> {
  const count = taken.get(kindOf(laws, architecture, norm)) ?? networks;
  for (let trial = 0; trial < count; trial++)
    expect(await laws(architecture, norm, trial), `network ${trial}`).toEqual([]);
}

const architecturesOf = (list: readonly (readonly [string, Architecture, unknown])[]): Architecture[] => [
  ...new Set(list.map(([, architecture]) => architecture)),
];

describe('the law suite', () => {
  it.each(slips)('notices: %s (%s)', async (_, architecture, mutate) => {
    mutate();
    await expectBreach(bounds, architecture);
  });

  it.each(architecturesOf(slips))('is content with the right rules on %s networks', async (architecture) => {
    await expectNoBreach(bounds, architecture);
  });

  it.each(forwardSlips)('notices: %s (%s)', async (_, architecture, mutate) => {
    mutate();
    await expectBreach(variants, architecture);
  });

  it.each(architecturesOf(forwardSlips))(
    'is content with forward bounds of %s networks',
    async (architecture) => {
      await expectNoBreach(variants, architecture);
    },
  );

  it.each(ballSlips)('notices: %s (l%d)', async (_, norm, mutate) => {
    mutate();
    await expectBreach(bounds, 'sequential', norm);
  });

  it.each([1, 2] as const)('is content with the right rules over l%d balls', async (norm) => {
    await expectNoBreach(bounds, 'sequential', norm);
  });

  it('bounds soundly whatever slopes the optimiser hands over', async () => {
    changeRelu({ variables: (v) => ({ ...v, alpha: mul(v.alpha, 1.5) }) })();
    await expectNoBreach(bounds, 'sequential');
  });
});
