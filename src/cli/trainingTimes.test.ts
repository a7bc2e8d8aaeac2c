import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunConfig } from '../run/config/schema.ts';
import type { TrainingTime } from '../run/trainingTime.ts';
import { trainingTimes } from './trainingTimes.ts';

const time: TrainingTime = { epochSeconds: 1, stateSeconds: 2, pruneSeconds: 0, seconds: 4 };
const config = {} as RunConfig;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is said while measuring takes `milliseconds`. */
async function said(milliseconds: number, { isTTY = true, quiet = false } = {}): Promise<string[]> {
  const lines: string[] = [];
  const clock = async (): Promise<TrainingTime> => {
    await vi.advanceTimersByTimeAsync(milliseconds);
    return time;
  };
  const context = {
    trainingClock: async () => clock,
    progressStream: { isTTY } as NodeJS.WriteStream,
    say: (line: string) => void lines.push(line),
  };
  expect(await trainingTimes([config], context, quiet)).toEqual({ times: new Map([[config, time]]) });
  await vi.advanceTimersByTimeAsync(5000);
  return lines;
}

describe('measuring', () => {
  it('is announced on a terminal when it takes longer than a second', async () => {
    expect(await said(1500)).toEqual(['Measuring how long training takes here …']);
    expect(await said(500)).toEqual([]);
    expect(await said(1500, { isTTY: false })).toEqual([]);
    expect(await said(1500, { quiet: true })).toEqual([]);
  });
});
