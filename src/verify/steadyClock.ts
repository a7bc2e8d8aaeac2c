/** @file The clock of durations and limits: no setting of the time of day moves it. */

/**
 * Milliseconds of the machine's monotonic clock (libuv's hrtime: CLOCK_MONOTONIC, mach_continuous_time or
 * QueryPerformanceCounter). Its zero is the same for all processes of a machine, and says nothing of the time of day.
 */
export const steadyClock = (): number => Number(process.hrtime.bigint()) / 1e6;
