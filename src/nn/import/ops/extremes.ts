/** @file max and min of a value and constants, as ReLUs: splitting ReLUs makes the search complete, a clip of its own would not. */
// There are two ways, equal in the reals: max(x, c) = c + relu(x − c) = x + relu(c − x). In f32 each loses what is small
// beside c − x on one side of c. The first has tighter intervals, and is used where c is small, or of the sign that makes
// the result at least |c|: its error is then that of a single rounding. Where c is large and negative the result may be
// anything from c on, and the first way would lose |c|·2⁻²⁴ of it; the second leaves x untouched above c.
import { UserError } from '../../../formats/userError.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import { commonShape } from '../shapes.ts';
import { constantOf, type ConstantValue, type LayerValue } from '../value.ts';
import { addBranches, affine, broadcastTo, relu } from './elementwise.ts';

/** Beyond this |c| its rounding, c·2⁻²⁴, is more than a property should lose. */
const large = 2 ** 10;
/** The largest f32: no f32 is beyond it, and as a bound it is none. */
const largestSingle = 3.4028234663852886e38;
/** Beyond this |c|, c − x could overflow: it is computed in parts of this many. */
const nearOverflow = 2 ** 120;
const parts = 2 ** 8;

/** One formula for every element: x·keep + relu(x·slope + shift)·gain + base. */
interface Piece {
  readonly keep: number;
  readonly slope: number;
  readonly shift: number;
  readonly gain: number;
  readonly base: number;
}

/** max(x, c) */
function maximumPiece(c: number): Piece {
  if (c <= -largestSingle) return { keep: 1, slope: 0, shift: 0, gain: 0, base: 0 };
  const scale = Math.abs(c) > nearOverflow ? parts : 1;
  if (c > -large) return { keep: 0, slope: 1 / scale, shift: -c / scale, gain: scale, base: c };
  return { keep: 1, slope: -1 / scale, shift: c / scale, gain: scale, base: 0 };
}

/** min(x, c) = −max(−x, −c) */
function minimumPiece(c: number): Piece {
  const { keep, slope, shift, gain, base } = maximumPiece(-c);
  return { keep, slope: -slope, shift, gain: -gain, base: -base };
}

/** One number where all are equal: layers are then simpler. */
function column(pieces: readonly Piece[], field: keyof Piece, c: ConstantValue): ConstantValue {
  const values = pieces.map((p) => p[field]);
  return values.every((v) => v === values[0]) ? constantOf([values[0]], []) : constantOf(values, c.shape);
}

const isAll = (c: ConstantValue, value: number): boolean => c.data.every((v) => v === value);

/** x·weight + bias without what does nothing. */
function affineOf(
  builder: NetworkBuilder,
  x: LayerValue,
  weight: ConstantValue,
  bias: ConstantValue,
): LayerValue {
  return affine(builder, x, {
    ...(!isAll(weight, 1) && { weight }),
    ...(!isAll(bias, 0) && { bias }),
  });
}

function bounded(
  builder: NetworkBuilder,
  value: LayerValue,
  bound: ConstantValue,
  piece: (c: number) => Piece,
): LayerValue {
  if (bound.data.some(Number.isNaN)) throw new UserError('one of its constants is not a number (NaN).');
  const pieces = Array.from(bound.data, piece);
  const of = (field: keyof Piece): ConstantValue => column(pieces, field, bound);
  const infinite = pieces.find(({ base }) => !Number.isFinite(base));
  if (infinite) throw new UserError(`its result is ${infinite.base}, which is no finite number.`);
  const x = broadcastTo(builder, value, commonShape(value.shape, bound.shape));
  if (pieces.every(({ gain }) => gain === 0)) return x;
  const kink = relu(builder, affineOf(builder, x, of('slope'), of('shift')));
  const bent = affineOf(builder, kink, of('gain'), of('base'));
  if (pieces.every(({ keep }) => keep === 0)) return bent;
  return addBranches(builder, affineOf(builder, x, of('keep'), constantOf([0], [])), bent);
}

/** max(x, bound), the bound of any shape that broadcasts. @throws UserError for NaN, and for +∞ */
export const maximumWith = (builder: NetworkBuilder, x: LayerValue, bound: ConstantValue): LayerValue =>
  bounded(builder, x, bound, maximumPiece);

/** min(x, bound). @throws UserError for NaN, and for −∞ */
export const minimumWith = (builder: NetworkBuilder, x: LayerValue, bound: ConstantValue): LayerValue =>
  bounded(builder, x, bound, minimumPiece);
