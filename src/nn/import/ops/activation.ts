/** @file LeakyRelu, PRelu, Clip. */
import { constant, float, layer, number, operator, optional, until, value } from '../operator.ts';
import { asReal } from '../constants.ts';

export const activations = {
  /** slope·x + (1 − slope)·relu(x), for any slope. */
  LeakyRelu: operator([layer], { alpha: float(0.01) }, ([x], { alpha: negativeSlope }, site) => {
    const { values: v, builder } = site;
    if (negativeSlope >= 0 && negativeSlope <= 1)
      return builder.add({ kind: 'leakyRelu', negativeSlope }, [x], x.shape);
    return v.add(v.scaled(x, negativeSlope, 0), v.scaled(v.relu(x), 1 - negativeSlope, 0));
  }),
  /** The same with a slope for each element or channel. */
  PRelu: operator([layer, constant('slope')], {}, ([x, given], _, { values: v }) => {
    const slope = asReal(given);
    return v.add(v.mul(x, slope), v.mul(v.relu(x), v.sub(1, slope)));
  }),
  /** Bounds are attributes in older operator sets, inputs in newer ones; undefined where there is none. */
  Clip: operator(
    [value, optional(number('min')), optional(number('max'))],
    { min: until(10, float(undefined)), max: until(10, float(undefined)) },
    ([x, low, high], { min = low, max = high }, { values: v }) => v.clip(x, min, max),
  ),
};
