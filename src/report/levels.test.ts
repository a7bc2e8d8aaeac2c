import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studiesCsv } from './csv.ts';
import { chartOf } from './charts/chart.ts';
import { pareto } from './charts/pareto.ts';
import { findingsOf } from './findings.ts';
import { writeFixtureRun } from './fixture.testing.ts';
import { grouped, methodOf, spreadOf, studiesOf, studyLabel, type Level } from './levels.ts';
import { paretoFront, paretoStates } from './pareto.ts';
import { readRun } from './read.ts';
import type { RunData, StateData } from './runData.ts';
import { ticketsOf } from './tickets.ts';

let folder: string;
let runs: RunData[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'report-levels-'));
  const roots = [
    await writeFixtureRun(folder, { name: 'one', seed: 1, states: 4, epochs: 1 }),
    await writeFixtureRun(folder, { name: 'snip', seed: 1, criterion: 'snip', states: 3, epochs: 1 }),
    await writeFixtureRun(folder, { name: 'two', seed: 2, states: 4, verified: 3, epochs: 1 }),
  ];
  runs = await Promise.all(roots.map(readRun));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** A run whose states have these counts on 100 images: [standard, certified]. */
function runOf(counts: readonly (readonly [number, number])[]): RunData {
  const states = counts.map(([standard, certified], state): StateData => ({
    state,
    remainRatio: 0.5 ** state,
    layers: [],
    epochs: [],
    verification: {
      rows: [],
      complete: true,
      counts: { images: 100, standard, pgd: certified, certified, checked: 0, unknown: 0 },
      unstableRatioByLayer: {},
    },
  }));
  return { ...runs[0], states };
}

describe('studiesOf', () => {
  it('joins runs that differ in the seed alone, state by state', () => {
    const [both, snip] = studiesOf(runs);
    expect([studyLabel(both), studyLabel(snip)]).toEqual(['one (2 seeds)', 'snip']);
    const named = runs
      .slice(0, 3)
      .map((run) => ({ ...run, name: `plain-seed${String(run.config['seed'])}` }));
    expect(studiesOf(named).map(studyLabel)).toEqual(['plain (2 seeds)', named[1].name]);
    expect(methodOf(snip)).toBe('FGSM adversarial training, global SNIP');
    expect(both.levels.map((level) => [level.state, level.seeds])).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
      [3, 1],
    ]);
    const certified = [0, 2].map((at) => runs[at].states[1].verification!.counts.certified / 100);
    const level = both.levels[1].accuracy.certified;
    expect(level.mean).toBeCloseTo((certified[0] + certified[1]) / 2, 12);
    expect(level.deviation).toBeCloseTo(Math.abs(certified[0] - certified[1]) / Math.SQRT2, 12);
    expect(level.interval.lower).toBeLessThan(level.mean);
    expect(snip.levels[0].accuracy.certified.deviation).toBeUndefined();
  });

  it('takes the level with the highest mean certified accuracy, among equals the sparsest', () => {
    const [study] = studiesOf([
      runOf([
        [90, 50],
        [90, 60],
        [90, 60],
        [90, 10],
      ]),
    ]);
    expect(study.best?.state).toBe(2);
    expect(study.dense?.state).toBe(0);
  });

  it('gives a row a study in results.csv', () => {
    const lines = studiesCsv(runs).trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('bestCertified,bestCertifiedDeviation,bestCertifiedLower');
    expect(lines[1]).toMatch(/^one,"FGSM adversarial training, global magnitude \(l1unstruct\)",0\.1,2,100,/);
  });
});

describe('ticketsOf', () => {
  it('one seed: tells what matches from what lies within the interval of the images', () => {
    const tickets = ticketsOf([
      runOf([
        [90, 50],
        [92, 50],
        [89, 45],
        [90, 20],
        [50, 60],
      ]),
    ]);
    expect(tickets.map(({ state, outright, seeds }) => [state, outright, seeds])).toEqual([
      [1, true, 1],
      [2, false, 1],
    ]);
  });

  it('several seeds: a mean difference no lower than its standard deviation is noise', () => {
    const wavering = ticketsOf([
      runOf([
        [90, 50],
        [90, 54],
      ]),
      runOf([
        [90, 50],
        [90, 44],
      ]),
    ]);
    expect(wavering).toMatchObject([{ state: 1, outright: false, seeds: 2 }]);
    expect(
      ticketsOf([
        runOf([
          [90, 50],
          [90, 47],
        ]),
        runOf([
          [90, 50],
          [90, 46],
        ]),
      ]),
    ).toEqual([]);
    expect(
      ticketsOf([
        runOf([
          [90, 50],
          [90, 47],
        ]),
        runOf([
          [90, 50],
          [90, 54],
        ]),
      ]),
    ).toMatchObject([{ outright: true }]);
  });
});

describe('what certifies no more than a constant answer', () => {
  /** Twenty images a class of ten, or one class alone; so many of them certified. */
  const runWith = (shares: readonly number[]) => {
    const run = runOf(shares.map((certified) => [90, certified] as const));
    return {
      ...run,
      states: run.states.map((state, at) => ({
        ...state,
        verification: {
          ...state.verification!,
          counts: { ...state.verification!.counts, images: 200, standard: 180, certified: 2 * shares[at] },
          rows: Array.from({ length: 200 }, (_, index) => ({
            index,
            label: index % 10,
            prediction: index % 10,
            verdict: index < 2 * shares[at] ? ('verified' as const) : ('falsified' as const),
            by: 'crown' as const,
            why: '',
            seconds: 0,
            domains: 0,
            lowerBound: 0,
            witness: '',
          })),
        },
      })),
    };
  };

  it.each([
    ['nothing, dense and sparse', [0, 0, 0]],
    ['nothing that is left of little', [1, 0, 0]],
    ['one class of ten', [10, 10, 10]],
  ])('%s: no ticket, not on the front, not the best', (_, shares) => {
    const run = runWith(shares);
    expect(ticketsOf([run])).toEqual([]);
    expect([...paretoStates(run)]).toEqual([]);
    const [study] = studiesOf([run]);
    expect(study.best).toBeUndefined();
    expect(findingsOf(run).remarks.join(' ')).toContain('no certified ticket');
    expect(chartOf(pareto, [run])!.rows.some((row) => row['pareto'] || row['ticket'] !== '')).toBe(false);
  });

  it('more than that is judged as before, beside others that are not', () => {
    const run = runWith([30, 30, 0]);
    expect(ticketsOf([run]).map(({ state }) => state)).toEqual([1]);
    expect([...paretoStates(run)]).toEqual([1]);
    expect(ticketsOf([runWith([0, 30])]).map(({ state }) => state)).toEqual([1]);
  });
});

describe('paretoFront', () => {
  it('holds just what no other level dominates', () => {
    const share = fc.integer({ min: 0, max: 4 });
    const point = fc.record({ remain: fc.integer({ min: 1, max: 4 }), standard: share, certified: share });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 12 }), (points) => {
        const levels = points.map(({ remain, standard, certified }, state): Level => {
          const accuracy = (mean: number) => ({ mean, interval: { lower: 0, upper: 1 } });
          const all = { standard: accuracy(standard), pgd: accuracy(0), certified: accuracy(certified) };
          return {
            state,
            remainRatio: remain / 4,
            seeds: 1,
            images: 1,
            complete: true,
            accuracy: all,
          };
        });
        const front = paretoFront(levels);
        expect(front.size).toBeGreaterThan(0);
        const key = ({ remainRatio, accuracy: { standard, certified } }: Level): number[] => [
          -remainRatio,
          standard.mean,
          certified.mean,
        ];
        for (const level of levels) {
          const beaten = [...front].some((other) => {
            const [a, b] = [key(other), key(level)];
            return a.every((value, i) => value >= b[i]) && a.some((value, i) => value > b[i]);
          });
          expect(front.has(level)).toBe(!beaten);
        }
      }),
    );
  });

  it('speaks of one run by the numbers of its states', () => {
    expect([
      ...paretoStates(
        runOf([
          [90, 50],
          [90, 50],
          [95, 40],
        ]),
      ),
    ]).toEqual([1, 2]);
  });
});

describe('spreadOf and grouped', () => {
  it('are plain', () => {
    expect(spreadOf([1, 3])).toEqual({ mean: 2, deviation: Math.SQRT2 });
    expect(spreadOf([5])).toEqual({ mean: 5 });
    expect([...grouped(['a', 'bb', 'c'], (word) => word.length)]).toEqual([
      [1, ['a', 'c']],
      [2, ['bb']],
    ]);
  });
});
