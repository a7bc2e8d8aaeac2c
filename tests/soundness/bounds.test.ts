import { describe, expect, it } from 'vitest';
import { boundNetwork, type BoundNetwork } from '../../src/bounds/boundNetwork.ts';
import { boundMachine, type BoundMachine } from '../../src/bounds/machine.ts';
import type { Norm } from '../../src/bounds/ball.ts';
import { createRng } from '../../src/data/rng.ts';
import { sizeOf } from '../../src/tensor/index.ts';
import { randomNetwork, type Architecture } from '../../src/verify/exact/randomNetwork.testing.ts';
import { interpreterMachine } from './interpreterMachine.testing.ts';
import { checkLaws, checkVariants, endsOf } from './laws.testing.ts';

const architectures: Architecture[] = [
  'sequential',
  'deep',
  'residual',
  'convolutional',
  'convResidual',
  'pooled',
  'leaky',
  'smooth',
];

interface Where {
  readonly where: string;
  readonly networks: number;
  readonly boxes: number;
  readonly iterations: number;
  /** Networks on which other ways to intermediate bounds are checked too. */
  readonly variants: number;
  readonly machineOf: (net: BoundNetwork) => BoundMachine;
}

const machines: Where[] = [
  {
    where: 'through the engine',
    networks: 2,
    boxes: 2,
    iterations: 10,
    variants: 1,
    machineOf: (net) => boundMachine(net, { threads: 1 }),
  },
  {
    where: 'in the interpreter',
    networks: 20,
    boxes: 1,
    iterations: 3,
    variants: 10,
    machineOf: (net) => interpreterMachine(net),
  },
];

/** Shares of gains that are not losses, and their mean. */
function summary(gains: readonly number[]): { share: number; mean: number } {
  const share = gains.filter((g) => g > -1e-5).length / Math.max(1, gains.length);
  return { share, mean: gains.reduce((a, b) => a + b, 0) / Math.max(1, gains.length) };
}

/** Balls share the walks with boxes: fewer of them do. */
const cases = machines.flatMap((machine) => [
  { ...machine, norm: 'inf' as const },
  ...([2, 1] as const).map((norm): Where & { norm: Norm } => ({
    ...machine,
    norm,
    networks: Math.ceil(machine.networks / 6),
    boxes: 1,
    variants: Math.min(1, machine.variants),
  })),
]);

describe.each(cases)(
  'bounds of random networks, norm $norm, $where',
  ({ where, networks, boxes, iterations, variants, machineOf, norm }) => {
    it.each(architectures)('%s', async (architecture) => {
      const crown: number[] = [];
      const children: number[] = [];
      for (let trial = 0; trial < networks; trial++) {
        const rng = createRng(`${where} ${architecture} ${trial}`);
        const given = randomNetwork(architecture, rng);
        const machine = machineOf(boundNetwork(given.network, given.numbers));
        for (let b = 0; b < boxes; b++) {
          const ends = endsOf(sizeOf(given.network.inputShape), norm, rng.fork(`box ${b}`));
          const report = await checkLaws(machine, given, ends, rng.fork(`laws ${b}`), iterations);
          expect(report.broken, `network ${trial}, box ${b}`).toEqual([]);
          if (b === 0 && trial < variants)
            expect(await checkVariants(machine, given, ends, rng.fork('variants'))).toEqual([]);
          crown.push(...report.crownOverCrownIbp);
          children.push(...report.childOverParent);
        }
      }
      // Few balls say little of shares.
      for (const gains of norm === 'inf' ? [crown, children] : []) {
        const { share, mean } = summary(gains);
        expect(share).toBeGreaterThan(0.75);
        // Behind one nonlinear layer alone there is nothing to gain.
        if (gains.some((gain) => gain !== 0)) expect(mean).toBeGreaterThan(0);
      }
    });
  },
);
