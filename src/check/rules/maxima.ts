/** @file The greatest of several values: MaxPool, and Max and Min of branches and constants. Rewritten with Relu, pair by pair:
 * max(a, b) = b + relu(a − b), which is at least each and at most the greater of their upper bounds. The model rounds nothing there.
 */
import type { Place } from '../graph/place.ts';
import { along, range } from './move.ts';
import { against, piecewise } from './pieces.ts';
import { plus } from './sums.ts';
import { broadcast, stretched, type Value } from '../graph/value.ts';
import { imageShape, windowsOf } from './windows.ts';

const exact = { exact: true } as const;

function greater(at: Place, left: Value, right: Value): Value {
  const shape = broadcast(left.shape, right.shape);
  const [a, b] = [stretched(left, shape), stretched(right, shape)];
  const kink = piecewise(at, plus(at, [a, b], [1, -1], exact), 0);
  return plus(at, [b, kink], [1, 1], exact, [a.elements!, b.elements!]);
}

/** Joined pairwise: (0, 1), (2, 3), …, and so on with the results. */
function greatest(at: Place, values: readonly Value[]): Value {
  if (values.length === 1) return values[0];
  const half = range(Math.ceil(values.length / 2)).map((k) => values.slice(2 * k, 2 * k + 2));
  return greatest(
    at,
    half.map(([a, b]) => (b ? greater(at, a, b) : a)),
  );
}

/** One axis after the other; where a place of the window is padding, the window's next member stands for it. */
export function maxPool(at: Place): Value {
  let x = at.input(0);
  if (x.constant) x = { ...x, constant: undefined!, elements: at.builder.elementsOf(x) };
  const { spatial } = imageShape(at, x.shape);
  const kernel = at.numbers('kernel_shape') ?? at.refuse('it has no kernel_shape');
  if (kernel.length !== spatial.length) at.refuse('its kernel_shape does not fit');
  windowsOf(at, spatial, kernel).forEach((windows, axis) => {
    const places = range(kernel[axis]).map((k) =>
      along(
        x,
        axis + 2,
        windows.map((cells) => {
          const members = cells.filter(({ place }) => place >= 0 && place < spatial[axis]);
          if (members.length === 0) at.refuse('a window that lies in the padding alone');
          return (members.find((member) => member.k >= k) ?? members.at(-1)!).place;
        }),
      ),
    );
    x = greatest(at, places);
  });
  return x;
}

/** min(x, …) is −max(−x, …); constants come after the values. */
function extreme(at: Place, side: 1 | -1): Value {
  const values = range(at.count).map((k) => at.input(k));
  const signed = (value: Value): Value => (side === 1 ? value : plus(at, [value], [-1], exact));
  const free = values.filter(({ constant }) => !constant);
  if (free.length === 0) at.refuse('all of its operands are constant');
  const first = free.length === 1 ? free[0] : signed(greatest(at, free.map(signed)));
  return values
    .filter(({ constant }) => constant)
    .reduce((value, constant) => against(at, value, constant, side), first);
}

export const max = (at: Place): Value => extreme(at, 1);
export const min = (at: Place): Value => extreme(at, -1);
