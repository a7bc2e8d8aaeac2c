import { describe, expect, it } from 'vitest';
import { objectiveEpochs } from './stepMachine.ts';

const smoothed = { schedule: 'SmoothedScheduler', max: 0.1, options: { start: 11, length: 81, mid: 0.4 } };

describe('epochs of each objective', () => {
  it('follow the ramp: clean images before it, CROWN-IBP on it, IBP after it', () => {
    const plan = { objective: 'crownIbp', objectiveOptions: { epsilonMax: 0.1 }, epsilon: smoothed };
    const found = objectiveEpochs({ ...plan, epochs: 200 }, 351);
    expect(found.map(({ objective, epochs }) => [objective, epochs])).toEqual([
      ['natural', 10],
      ['crownIbp', 81],
      ['ibp', 109],
    ]);
    expect(found[0].epsilon).toBe(0);
    expect(found[1].epsilon).toBeGreaterThan(0);
    expect(found[2].epsilon).toBe(0.1);
    expect(objectiveEpochs({ ...plan, epochs: 7 }, 351)).toEqual([
      { objective: 'natural', epsilon: 0, epochs: 7 },
    ]);
  });

  it('are all of them for an objective that has no simpler one', () => {
    const plan = { objective: 'fgsm', objectiveOptions: {}, epsilon: smoothed, epochs: 30 };
    expect(objectiveEpochs(plan, 20).map(({ objective, epochs }) => [objective, epochs])).toEqual([
      ['fgsm', 30],
    ]);
  });

  it('take what the schedule is not told from its defaults', () => {
    const plan = { objective: 'crownIbp', objectiveOptions: { epsilonMax: 0.1 }, epochs: 200 };
    const epsilon = { ...smoothed, options: { start: 1 } };
    const whole = { ...smoothed, options: { start: 1, length: 81, mid: 0.4 } };
    expect(objectiveEpochs({ ...plan, epsilon }, 20)).toEqual(
      objectiveEpochs({ ...plan, epsilon: whole }, 20),
    );
  });
});
