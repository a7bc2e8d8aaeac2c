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

/** `CERTPRUNE_SOUNDNESS=10` asks ten times as many networks. */
const factor = Number(process.env['CERTPRUNE_SOUNDNESS'] ?? 1);

/**
 * Slips of rules show on the first networks of a kind (`mutations.test.ts`). The engine compiles programs for seconds and
 * runs them in milliseconds: it gets few networks and many boxes.
 */
const machines: Where[] = [
  {
    where: 'through the engine',
    networks: factor,
    boxes: 2,
    iterations: 10,
    variants: factor,
    machineOf: (net) => boundMachine(net, { threads: 1 }),
  },
  {
    where: 'in the interpreter',
    networks: 8 * factor,
    boxes: 1,
    iterations: 3,
    variants: 4 * factor,
    machineOf: (net) => interpreterMachine(net),
  },
];

/** Balls share the walks with boxes: fewer of them do, through the engine every other architecture. */
const cases = machines.flatMap((machine, m) => [
  { ...machine, norm: 'inf' as const, asked: architectures },
  ...([2, 1] as const).map((norm): Where & { norm: Norm; asked: Architecture[] } => ({
    ...machine,
    norm,
    networks: Math.ceil(machine.networks / 6),
    boxes: 1,
    variants: Math.min(1, machine.variants),
    asked: m === 0 ? architectures.filter((_, k) => k % 2 === norm - 1) : architectures,
  })),
]);

describe.each(cases)(
  'bounds of random networks, norm $norm, $where',
  ({ where, networks, boxes, iterations, variants, machineOf, norm, asked }) => {
    const crown: number[] = [];
    const children: number[] = [];
    it.each(asked)('%s', async (architecture) => {
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
    });

    it('gain by tighter intermediate bounds and by splits, nearly always', () => {
      for (const gains of [crown, children]) {
        expect(gains.filter((gain) => gain > -1e-5).length / gains.length).toBeGreaterThan(0.75);
        expect(gains.reduce((sum, gain) => sum + gain, 0)).toBeGreaterThan(0);
      }
    });
  },
);
