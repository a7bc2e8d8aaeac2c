import { describe, expect, it } from 'vitest';
import { stripeData, stripePlan, stripeStart } from './fixture.testing.ts';
import type { Checkpoint, TrainEpoch, TrainPlan } from './plan.ts';
import { objectiveAt } from './stepMachine.ts';
import { trainLoop } from './trainLoop.ts';

/** Clean images in epoch 1, CROWN-IBP in 2 and 3, IBP in 4. */
const plan: TrainPlan = {
  ...stripePlan,
  objective: 'crownIbp',
  objectiveOptions: { epsilonMax: 0.03 },
  regularizers: { nrs: { weight: 0.01, options: { form: 'certified' } }, slim: { weight: 1e-4, start: 2 } },
  epsilon: { schedule: 'LinearScheduler', max: 0.03, options: { start: 2, length: 2 } },
  epochs: 4,
  criterion: 'crown',
  certify: { epsilon: 0.03, images: 40, crown: true },
};

async function train(from: Checkpoint, of: TrainPlan = plan) {
  const reports: TrainEpoch[] = [];
  const kept: Checkpoint[] = [];
  const last = await trainLoop(of, stripeData, from, {
    onEpoch(report, checkpoint) {
      reports.push(report);
      kept.push(structuredClone(checkpoint));
    },
  });
  return { reports, kept, last };
}

describe('certified training', () => {
  it('comes down to simpler objectives where the loss is theirs', () => {
    expect([0, 0.01, 0.03].map((epsilon) => objectiveAt(plan, epsilon))).toEqual([
      'natural',
      'crownIbp',
      'ibp',
    ]);
  });

  it('verifies what it trains, reports bounds, continues with the same bits across changes of objective', async () => {
    const { reports, kept, last } = await train(stripeStart());
    const { standard, pgd, ibp, crown, nrsLoss, unstableRatio, terms, ...rest } = reports[3];
    expect(ibp!).toBeGreaterThan(0.8);
    expect(crown!).toBeGreaterThanOrEqual(ibp!);
    expect(pgd!).toBeGreaterThanOrEqual(ibp! - 0.1);
    expect(standard!).toBeGreaterThanOrEqual(pgd!);
    expect(Math.abs(nrsLoss!)).toBeLessThanOrEqual(1);
    expect(unstableRatio).toBe(rest.unstableRatioByLayer!['relu1']);
    expect(rest.intervalWidthByLayer!['relu1']).toBeGreaterThan(0);
    expect(Object.keys(terms!)).toEqual(['nrs', 'slim']);
    expect(last.best!.criterion).toBe('crown');
    for (const from of kept.slice(0, 3)) {
      const again = await train(from);
      expect(again.last.numbers).toEqual(last.numbers);
      expect(again.last.optimizer).toEqual(last.optimizer);
      expect(again.last.best).toEqual(last.best);
    }
  });

  it('continues an adaptive schedule where it stood', async () => {
    const adaptive: TrainPlan = {
      ...plan,
      objective: 'ibp',
      epochs: 3,
      epsilon: {
        schedule: 'AdaptiveScheduler',
        max: 0.03,
        options: { start: 1, min_step: 1e-5, max_step: 1e-3 },
      },
    };
    const { reports, kept, last } = await train(stripeStart(), adaptive);
    const again = await train(kept[0], adaptive);
    expect(again.reports.map((r) => r.epsilon)).toEqual(reports.slice(1).map((r) => r.epsilon));
    expect(again.last.numbers).toEqual(last.numbers);
  });
});
