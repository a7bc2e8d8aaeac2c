import { describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { family, type Member } from './family.ts';
import { optionKey, optionValues } from './option.ts';

interface Shape extends Member {
  readonly corners: number;
}
const shape = (name: string, corners: number): Shape => ({
  name,
  title: `a ${name}`,
  sentence: `It has ${corners} corners.`,
  corners,
});
const shapes = () =>
  family<Shape>({ kind: 'shape', plural: 'shapes', key: 'shape' }, [
    shape('triangle', 3),
    shape('square', 4),
  ]);

describe('a family', () => {
  it('knows its members by name and in order', () => {
    expect(shapes().names()).toEqual(['triangle', 'square']);
    expect(shapes().named('square').corners).toBe(4);
    expect(shapes().has('circle')).toBe(false);
  });

  it('says which names there are, and the nearest', () => {
    const named = (name: string) => () => shapes().named(name);
    expect(named('squaer')).toThrow(
      new UserError(`There is no shape 'squaer'. Choose one of: triangle, square; did you mean "square"?`),
    );
    expect(named('dodecahedron')).toThrow(
      new UserError(`There is no shape 'dodecahedron'. Choose one of: triangle, square.`),
    );
    expect(named('toString')).toThrow(/no shape/);
    expect(named('\u001b[2J')).toThrow(String.raw`'\x1b[2J'`);
  });

  it('takes members in at run time, whole ones under a new name', () => {
    const grown = shapes();
    grown.join(shape('hexagon', 6));
    expect(grown.names()).toEqual(['triangle', 'square', 'hexagon']);
    expect(shapes().names()).toEqual(['triangle', 'square']);
    expect(() => grown.join(shape('hexagon', 7))).toThrow(/already/);
    expect(() => grown.join(shape('a b', 7))).toThrow(/name of letters/);
    expect(() => grown.join({ ...shape('line', 2), title: ' ' })).toThrow(/'line' needs a title/);
    expect(() => grown.join({ ...shape('line', 2), sentence: undefined as never })).toThrow(/a sentence/);
  });
});

describe('options', () => {
  const options = {
    power: { type: 'number', default: 2, least: 0, sentence: 'A power.' },
    startEpoch: { type: 'integer', sentence: 'An epoch.', key: 'start' },
  } as const;

  it('have defaults where none was given', () => {
    const member = { name: 'lamp', options };
    expect(optionValues(member)).toEqual({ power: 2, startEpoch: undefined });
    expect(optionValues(member, { power: 0, startEpoch: 3 })).toEqual({ power: 0, startEpoch: 3 });
  });

  it('stand in a group of the member unless they say where', () => {
    expect(optionKey('lamp', 'power', options.power)).toBe('lamp.power');
    expect(optionKey('lamp', 'decreasingLr', options.power)).toBe('lamp.decreasing_lr');
    expect(optionKey('lamp', 'startEpoch', options.startEpoch)).toBe('start');
  });
});
