import { describe, expect, it } from 'vitest';
import { parseVnnlib } from '../../formats/vnnlib/read.ts';
import { requireMatch, specificationsOf } from './vnnlibSpecification.ts';

const declared = (inputs: number, outputs: number): string =>
  Array.from({ length: inputs }, (_, i) => `(declare-const X_${i} Real)`).join('') +
  Array.from({ length: outputs }, (_, i) => `(declare-const Y_${i} Real)`).join('');
const box = '(assert (<= X_0 1))(assert (>= X_0 0))(assert (<= X_1 1))(assert (>= X_1 0))';
const specifications = (asserts: string) => specificationsOf(parseVnnlib(declared(2, 2) + asserts));

describe('specifications of a property', () => {
  it('are one for all cases on one box', () => {
    const specs = specifications(`${box}(assert (or (and (<= Y_0 Y_1)) (and (>= Y_0 3) (>= Y_1 4))))`);
    expect(specs).toHaveLength(1);
    expect(specs[0].unsafe.map((rows) => rows.map((row) => [...row.coefficients, row.bound]))).toEqual([
      [[1, -1, 0]],
      [
        [-1, 0, -3],
        [0, -1, -4],
      ],
    ]);
    expect([...specs[0].lower, ...specs[0].upper]).toEqual([0, 0, 1, 1]);
  });

  it('are one a box, also where boxes alternate', () => {
    const specs = specifications(
      '(assert (<= X_1 1))(assert (>= X_1 0))' +
        '(assert (or (<= Y_0 0) (<= Y_1 0)))' +
        '(assert (or (and (<= X_0 1) (>= X_0 0)) (and (<= X_0 3) (>= X_0 2))))',
    );
    expect(specs.map((s) => [s.lower[0], s.upper[0], s.unsafe.length])).toEqual([
      [0, 1, 2],
      [2, 3, 2],
    ]);
  });

  it('accept the nearest f32 number where a side holds none', () => {
    const [spec] = specifications(
      '(assert (<= X_0 0.1))(assert (>= X_0 0.1))(assert (<= X_1 1))(assert (>= X_1 0))(assert (<= Y_0 Y_1))',
    );
    const at = (x: number): boolean => spec.isCounterexample!(Float32Array.of(x, 0.5), Float32Array.of(0, 1));
    expect(at(0.1)).toBe(true);
    expect(at(0.10000001)).toBe(false);
    expect(at(0.09999999)).toBe(false);
  });

  it('close strict comparisons for proofs and keep them for counterexamples', () => {
    const [spec] = specifications(`${box}(assert (< Y_0 Y_1))`);
    expect(spec.unsafe[0][0].bound).toBe(0);
    const asks = (outputs: number[]): boolean =>
      spec.isCounterexample!(Float32Array.of(0.5, 0.5), Float32Array.from(outputs));
    expect(asks([1, 1])).toBe(false);
    expect(asks([1, 2])).toBe(true);
  });

  it('leave rows on several inputs out for proofs and keep them for counterexamples', () => {
    const [spec] = specifications(`${box}(assert (<= (+ X_0 X_1) 1))(assert (<= Y_0 Y_1))`);
    expect([...spec.upper]).toEqual([1, 1]);
    const asks = (input: number[]): boolean =>
      spec.isCounterexample!(Float32Array.from(input), Float32Array.of(1, 2));
    expect(asks([0.5, 0.5])).toBe(true);
    expect(asks([0.75, 0.5])).toBe(false);
  });

  it('refuse boxes beyond 32-bit numbers', () => {
    expect(() =>
      specifications(
        '(assert (<= X_0 1e39))(assert (>= X_0 0))(assert (<= X_1 1))(assert (>= X_1 0))(assert (<= Y_0 0))',
      ),
    ).toThrow('X_0 may lie between 0 and 1e+39');
  });
});

describe('sizes of model and property', () => {
  const property = parseVnnlib(`${declared(2, 2)}${box}(assert (<= Y_0 Y_1))`);
  const names = { property: 'p.vnnlib', model: 'm.onnx' };
  const fits = (inputShape: number[], outputShape: number[]) => () =>
    requireMatch(property, { inputShape, outputShape }, names);

  it('may write a batch axis or not', () => {
    expect(fits([1, 2], [1, 2])).not.toThrow();
    expect(fits([2], [2])).not.toThrow();
  });

  it('must agree', () => {
    expect(fits([1, 3], [2])).toThrow(
      'p.vnnlib: it declares 2 inputs (X_0 … X_1), but the model m.onnx has 3 (shape [1,3])',
    );
    expect(fits([2], [1, 10])).toThrow('declares 2 outputs');
  });

  it('agree in shape where the property tells one', () => {
    const shaped = { ...property, inputCount: 6, inputShape: [2, 3] };
    const check = (inputShape: number[]) => () =>
      requireMatch(shaped, { inputShape, outputShape: [2] }, names);
    expect(check([1, 2, 3])).not.toThrow();
    expect(check([3, 2])).toThrow('with the shape [2,3], but the model m.onnx has 6 (shape [3,2])');
  });
});
