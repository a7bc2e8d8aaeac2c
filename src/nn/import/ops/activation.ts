/** @file LeakyRelu, PRelu, Clip. */
import type { ImportSite } from '../site.ts';
import { asReal } from '../constants.ts';
import type { Value } from '../value.ts';

/** slope·x + (1 − slope)·relu(x), for any slope. */
export function leakyRelu(site: ImportSite): Value {
  const { values: v } = site;
  const x = site.layer(0);
  const negativeSlope = site.float('alpha', 0.01);
  if (negativeSlope >= 0 && negativeSlope <= 1)
    return site.add({ kind: 'leakyRelu', negativeSlope }, [x], x.shape);
  const kinked = v.scaled(v.relu(x), 1 - negativeSlope, 0);
  return v.add(v.scaled(x, negativeSlope, 0), kinked);
}

/** The same with a slope for each element or channel. */
export function pRelu(site: ImportSite): Value {
  const x = site.layer(0);
  const slope = asReal(site.requiredConstant(1, 'slope'));
  const { values: v } = site;
  const kinked = v.mul(v.relu(x), v.sub(1, slope));
  return v.add(v.mul(x, slope), kinked);
}

/** Bounds are attributes in older operator sets, inputs in newer ones; undefined where there is none. */
export function clip(site: ImportSite): Value {
  const bound = (name: 'min' | 'max', index: number): number | undefined =>
    site.opset >= 11 ? site.number(index, name) : site.node.attributes?.[name] && site.float(name, 0);
  return site.values.clip(site.value(0), bound('min', 1), bound('max', 2));
}
