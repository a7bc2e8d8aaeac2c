import { describe, expect, it } from 'vitest';
import { UserError } from '../userError.ts';
import { parseVnnlib } from './read.ts';
import { rowsOf } from './texts.testing.ts';

describe('VNN-LIB 2.0', () => {
  const network = (inside: string, rest = '') =>
    `(vnnlib-version <2.0>)\n(declare-network N ${inside})\n${rest}`;
  const io = '(declare-input A float32 [1,3]) (declare-output B Real [2, 1] "logits")';
  const box = [0, 1, 2].map((i) => `(assert (and (>= A[0,${i}] 0) (<= A [0, ${i}] ${i + 1})))`).join('');

  it('reads tensors by row-major index', () => {
    const property = parseVnnlib(
      network(io, `${box}(assert (or (<= B[0,0] B[1,0]) (>= (+ B[0,0] B[1,0]) 3)))`),
    );
    expect(property).toMatchObject({
      inputCount: 3,
      outputCount: 2,
      inputShape: [1, 3],
      outputShape: [2, 1],
    });
    expect([...property.cases[0].box.upper]).toEqual([1, 2, 3]);
    expect(rowsOf(property)).toEqual([[[1, -1, '<=', 0]], [[-1, -1, '<=', -3]]]);
  });

  it('reads scalars', () => {
    const text = network(
      '(declare-input X Real []) (declare-output Y Real [])',
      '(assert (== X 1)) (assert (< Y 0))',
    );
    expect(rowsOf(parseVnnlib(text))).toEqual([[[1, '<', 0]]]);
  });

  it.each<[string, string, RegExp]>([
    [
      'hidden variables',
      network('(declare-hidden H Real [2] "h")'),
      /line 2, column 21: hidden variables .* not supp/,
    ],
    ['several networks', network(`${io})(declare-network M`), /a second network 'M'/],
    ['equal networks', network('(equal-to M)'), /several networks/],
    [
      'several inputs',
      network('(declare-input A Real [1]) (declare-input C Real [1])'),
      /several inputs are not/,
    ],
    ['integers', network('(declare-input A int32 [1])'), /element type 'int32' is not supported/],
    ['no output', network('(declare-input A Real [1])'), /declares no output/],
    ['too few indices', network(io, '(assert (<= B[0] 1))'), /B has 2 dimensions, but 1 indices/],
    ['no indices', network(io, '(assert (<= B 1))'), /B has 2 dimensions, but 0 indices/],
    [
      'an index beyond',
      network(io, '(assert (<= B[0,1] 1))'),
      /index 1 of B is beyond its size, 1, in dimension 1/,
    ],
    ['a negative index', network(io, '(assert (<= B[-1,1] 1))'), /'-1' stands where an index should/],
    ['polynomials', network(io, '(assert (<= (* B[0,0] B[0,0]) 1))'), /polynomial/],
    ['an unclosed name', network('(declare-input A Real [1] "x)'), /quoted string is not closed/],
    ['a version of the future', '(vnnlib-version <3.0>)', /'<3\.0>' is not supported/],
    ['an enormous tensor', network('(declare-input A Real [99999,99999])'), /more than 10000000 elements/],
  ])('names as unsupported or wrong: %s', (_, text, message) => {
    expect(() => parseVnnlib(text)).toThrow(UserError);
    expect(() => parseVnnlib(text)).toThrow(message);
  });
});
