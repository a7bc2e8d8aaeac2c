import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { camelCase } from '../../src/run/config/camelCase.ts';
import { epsilonSchedule } from '../../src/train/schedules/epsilon.ts';

interface Recorded {
  readonly scheduler: string;
  readonly opts: string;
  readonly batches: number;
  readonly max_eps: number;
  readonly eps: readonly (readonly number[])[];
  readonly losses?: readonly number[];
}

const path = sharedPath('oracle/certified/eps_schedules.json');

describe.skipIf(!path)('radius schedules per batch, as recorded from the study’s code: 1e-12', () => {
  const { schedules } = path
    ? (JSON.parse(readFileSync(path, 'utf8')) as { schedules: Recorded[] })
    : { schedules: [] };

  it.each(schedules.map((s) => [s.scheduler, s.opts, s] as const))('%s %s', (name, opts, recorded) => {
    const options = Object.fromEntries(
      opts
        .split(',')
        .filter(Boolean)
        .map((o) => o.split('=') as [string, string])
        .map(([key, value]) => [camelCase(key), Number(value)]),
    );
    const schedule = epsilonSchedule({ schedule: name, max: recorded.max_eps, options });
    const losses = recorded.losses ?? [];
    recorded.eps.forEach((epoch, e) =>
      epoch.forEach((wanted, batch) => {
        const place = { epoch: e + 1, batch, batchesPerEpoch: recorded.batches };
        expect(Math.abs(schedule.at(place) - wanted)).toBeLessThan(1e-12);
        schedule.observe(losses[e * recorded.batches + batch] ?? 1, place);
      }),
    );
  });
});
