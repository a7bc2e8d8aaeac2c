import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bracketOf, nextQuestion, type RadiusEnds, type RadiusStep } from './bisection.ts';

/** Answers about an image of a known radius: nothing is proved or refuted within `blind` of it, nor by bounds near it. */
function answered(
  radius: number,
  ends: RadiusEnds,
  { blind = 0, cheap = 1, drawn = 1 }: { blind?: number; cheap?: number; drawn?: number } = {},
): RadiusStep[] {
  const steps: RadiusStep[] = [];
  for (let question = nextQuestion(steps, ends); question; question = nextQuestion(steps, ends)) {
    const { epsilon, depth } = question;
    const provable = (depth === 'bounds' ? cheap : 1) * radius - blind;
    if (epsilon <= provable) steps.push({ ...question, found: 'verified' });
    else if (epsilon > radius + blind)
      steps.push({ ...question, found: 'falsified', distance: Math.min(epsilon, radius * drawn + blind) });
    else steps.push({ ...question, found: 'open' });
    expect(steps.length).toBeLessThan(200);
  }
  return steps;
}

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('bisection', () => {
  it('ends with the radius in a bracket no wider than the tolerance', () => {
    fc.assert(
      fc.property(
        share,
        fc.double({ min: 1e-4, max: 0.2, noNaN: true }),
        share,
        (radius, tolerance, cheap) => {
          const ends = { from: 0, to: 1, tolerance };
          const { lower, upper } = bracketOf(answered(radius, ends, { cheap, drawn: 1.01 }));
          expect(lower).toBeLessThanOrEqual(radius);
          if (radius < 1) expect(upper).toBeGreaterThanOrEqual(radius);
          if (upper < Infinity) expect(upper - lower).toBeLessThanOrEqual(tolerance);
          else expect(lower).toBe(1);
        },
      ),
    );
  });

  it('comes within the tolerance of what can be told, on both sides', () => {
    fc.assert(
      fc.property(share, fc.double({ min: 0, max: 0.1, noNaN: true }), (radius, blind) => {
        const ends = { from: 0, to: 1, tolerance: 0.01 };
        const { lower, upper } = bracketOf(answered(radius, ends, { blind }));
        expect(lower).toBeGreaterThanOrEqual(Math.min(1, radius - blind) - 0.01 - 1e-12);
        if (radius + blind < 1) expect(upper).toBeLessThanOrEqual(radius + blind + 0.01 + 1e-12);
      }),
    );
  });

  it('asks nothing twice, and nothing that is known', () => {
    fc.assert(
      fc.property(share, share, (radius, cheap) => {
        const steps = answered(radius, { from: 0, to: 1, tolerance: 0.001 }, { cheap, blind: 0.02 });
        steps.forEach(({ epsilon, depth }, at) => {
          const before = steps.slice(0, at);
          const { lower, upper } = bracketOf(before);
          expect(epsilon).toBeGreaterThan(lower);
          expect(epsilon).toBeLessThan(upper);
          expect(before.some((s) => s.epsilon === epsilon && s.depth === depth)).toBe(false);
        });
      }),
    );
  });

  it('goes on from any part of its steps to the same steps', () => {
    const ends = { from: 0, to: 1, tolerance: 0.01 };
    const steps = answered(0.37, ends, { cheap: 0.4, blind: 0.03 });
    for (const [at, { epsilon, depth }] of steps.entries())
      expect(nextQuestion(steps.slice(0, at), ends)).toEqual({ epsilon, depth });
    // What came later counts wherever it stands.
    expect(nextQuestion([...steps].reverse(), ends)).toBeUndefined();
  });

  it('uses proofs and counterexamples of other radii', () => {
    const ends = { from: 0, to: 1, tolerance: 0.1 };
    const known: RadiusStep[] = [
      { epsilon: 0.3, depth: 'deepest', found: 'verified' },
      { epsilon: 0.9, depth: 'deepest', found: 'falsified', distance: 0.38 },
    ];
    expect(bracketOf(known)).toEqual({ lower: 0.3, upper: 0.38 });
    expect(nextQuestion(known, ends)).toBeUndefined();
  });

  it('stops where the image is not robust at the near end', () => {
    const steps = answered(0.05, { from: 0.1, to: 0.4, tolerance: 0.01 });
    expect(steps.map(({ epsilon }) => epsilon)).toEqual([0.4]);
    expect(bracketOf(steps)).toEqual({ lower: 0, upper: 0.05 });
    const open = answered(0.1, { from: 0.1, to: 0.4, tolerance: 0.01 }, { blind: 0.35 });
    expect(open.at(-1)).toEqual({ epsilon: 0.1, depth: 'deepest', found: 'open' });
  });

  it('searches nowhere above the far end', () => {
    const steps = answered(0.9, { from: 0, to: 0.5, tolerance: 0.01 });
    expect(steps).toEqual([{ epsilon: 0.5, depth: 'bounds', found: 'verified' }]);
  });
});
