/** @file Shapes of values that meet in one operation. */
import { UserError } from '../../formats/userError.ts';
import { broadcastShapes, type Shape } from '../../tensor/index.ts';
import { shapeText } from '../../tensor/shape.ts';

/** The shape two values broadcast to. @throws UserError where they do not */
export function commonShape(a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (!shape) throw new UserError(`shapes ${shapeText(a)} and ${shapeText(b)} do not fit together.`);
  return shape;
}
