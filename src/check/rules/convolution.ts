/** @file Conv and ConvTranspose: y[co, o] = Σ W[co, ci, k] · x[ci, place(o, k)] + b[co] over the channels of its group and the
 * kernel's places within the input. A linear map, so its terms are all there is to it. In the format: one rounding a term and
 * one for the bias, in any order.
 */
import { TermList } from '../graph/builder.ts';
import type { Place } from '../graph/place.ts';
import type { Value } from '../graph/value.ts';
import { imageShape, transposedWindows, under, windowsOf } from './windows.ts';

function convolve(at: Place, transposed: boolean): Value {
  const x = at.input(0);
  const [weights, kernel] = [at.constant(1), at.input(1).shape];
  const bias = at.optional(2) && at.constant(2);
  const groups = at.number('group', 1);
  const { batch, channels, spatial, places } = imageShape(at, x.shape);
  const [outputs, inputsOfGroup] = transposed
    ? [kernel[1] * groups, channels / groups]
    : [kernel[0], kernel[1]];
  if (
    kernel.length !== x.shape.length ||
    channels !== inputsOfGroup * groups ||
    outputs % groups !== 0 ||
    (transposed && kernel[0] !== channels)
  )
    at.refuse(`a kernel [${kernel}] for [${x.shape}]`);
  const sizes = kernel.slice(2);
  const told = at.numbers('kernel_shape');
  if (told && (told.length !== sizes.length || told.some((n, axis) => n !== sizes[axis])))
    at.refuse('its kernel_shape is not that of its kernel');
  const axes = (transposed ? transposedWindows : windowsOf)(at, spatial, sizes);
  const windows = under(axes, spatial, sizes);
  const cells = sizes.reduce((size, n) => size * n, 1);
  const elements = at.builder.elementsOf(x);
  const perGroup = outputs / groups;
  /* Of a kernel [output, input of the group, place], or [input, output of the group, place]. */
  const [inputStep, outputStep] = transposed ? [perGroup * cells, cells] : [cells, inputsOfGroup * cells];
  const terms = new TermList(batch * outputs * windows.length);
  for (let n = 0; n < batch; n++)
    for (let g = 0; g < groups; g++)
      windows.forEach((window, o) => {
        for (let ci = 0; ci < inputsOfGroup; ci++)
          for (const [place, k] of window)
            terms.term(
              elements[(n * channels + g * inputsOfGroup + ci) * places + place],
              ci * inputStep + k,
            );
        const pattern = terms.close();
        for (let co = 0; co < perGroup; co++)
          terms.output(
            (n * outputs + g * perGroup + co) * windows.length + o,
            pattern,
            co * outputStep + g * (transposed ? inputsOfGroup * inputStep : perGroup * outputStep),
          );
      });
  const all =
    bias &&
    Float64Array.from(
      { length: terms.pattern.length },
      (_, i) => bias[Math.floor(i / windows.length) % outputs],
    );
  return at.builder.affine(at.name, [batch, outputs, ...axes.map((axis) => axis.length)], terms, {
    weights,
    ...(all && { bias: all }),
  });
}

export const conv = (at: Place): Value => convolve(at, false);
export const convTranspose = (at: Place): Value => convolve(at, true);
