import { describe, expect, it } from 'vitest';
import { epsilonSchedule, radiusSchedules } from './epsilon.ts';

const options = { start: 2, length: 4, mid: 0.4 };
const places = Array.from({ length: 35 }, (_, i) => ({
  epoch: 1 + Math.floor(i / 5),
  batch: i % 5,
  batchesPerEpoch: 5,
}));

describe('radius schedules', () => {
  it.each(radiusSchedules.names())(
    '%s stays within 0 and the radius, and does not fall unless its name says so',
    (name) => {
      const schedule = epsilonSchedule({ schedule: name, max: 0.1, options });
      const radii = places.map((place) => {
        const radius = schedule.at(place);
        schedule.observe(1, place);
        return radius;
      });
      expect(Math.min(...radii)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...radii)).toBeLessThanOrEqual(0.1);
      if (name !== 'RangeScheduler' && name !== 'BiLinearScheduler')
        radii.forEach((r, i) => expect(r).toBeGreaterThanOrEqual(radii[i - 1] ?? 0));
    },
  );

  it('the adaptive one continues from its state', () => {
    const plan = { schedule: 'AdaptiveScheduler', max: 0.1, options: { start: 1, minStep: 1e-4 } };
    const losses = places.map((_, i) => 1 + Math.sin(i * 1.7));
    const run = (from: number, to: number, state = {}) => {
      const schedule = epsilonSchedule(plan, state);
      const radii = places.slice(from, to).map((place, i) => {
        const radius = schedule.at(place);
        schedule.observe(losses[from + i], place);
        return radius;
      });
      return { radii, state: JSON.parse(JSON.stringify(schedule.state())) as Record<string, number> };
    };
    const first = run(0, 15);
    expect([...first.radii, ...run(15, 35, first.state).radii]).toEqual(run(0, 35).radii);
  });

  it('says which there are', () => {
    expect(() => epsilonSchedule({ schedule: 'Steep', max: 1, options })).toThrow(/Choose one of.*Smoothed/);
  });
});
