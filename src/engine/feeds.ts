/** @file Feeds and result memory: trees of values matched with a program's inputs and outputs. */
import { sameShape, shapeText, sizeOf } from '../tensor/shape.ts';
import type { Program, TensorSpec } from '../tensor/tensor.ts';
import { flattenTree } from '../tensor/tree.ts';
import { allocate, dtypeOfData, isFeed, isHostTensor, type Feed, type HostTensor } from './hostTensor.ts';

const specText = (spec: TensorSpec): string => `${spec.dtype} ${shapeText(spec.shape)}`;

/** A feed as a value of the type and shape wanted. @throws RangeError naming the path */
function fit(feed: Feed, spec: TensorSpec, path: string): HostTensor {
  if (typeof feed === 'number') {
    if (spec.shape.length > 0)
      throw new RangeError(`'${path}' needs ${specText(spec)}, was given the number ${feed}`);
    const value = allocate(spec);
    value.data[0] = feed;
    return value;
  }
  if (isHostTensor(feed)) {
    if (
      feed.dtype !== spec.dtype ||
      !sameShape(feed.shape, spec.shape) ||
      feed.data.length !== sizeOf(spec.shape)
    )
      throw new RangeError(`'${path}' needs ${specText(spec)}, was given ${specText(feed)}`);
    return feed;
  }
  if (dtypeOfData(feed) !== spec.dtype || feed.length !== sizeOf(spec.shape))
    throw new RangeError(
      `'${path}' needs ${specText(spec)}, was given ${feed.length} elements of ${dtypeOfData(feed)}`,
    );
  return { ...spec, data: feed };
}

/** @throws RangeError where a feed is missing, unknown, or does not fit */
export function bindFeeds(feeds: unknown, program: Program): HostTensor[] {
  const leaves = new Map(flattenTree(feeds, isFeed).map(({ path, value }) => [path || 'argument', value]));
  const bound = program.inputs.map((input) => {
    const path = input.attributes.name;
    const feed = leaves.get(path);
    if (feed === undefined) throw new RangeError(`'${path}' (${specText(input)}) is missing among the feeds`);
    return fit(feed, { shape: input.shape, dtype: input.dtype }, path);
  });
  if (leaves.size > program.inputs.length) {
    const known = new Set(program.inputs.map((input) => input.attributes.name));
    const unknown = [...leaves.keys()].filter((path) => !known.has(path));
    throw new RangeError(`the program has no input '${unknown.join("', '")}'`);
  }
  return bound;
}

/** @throws RangeError where memory does not fit the result it is for */
export function bindMemory(into: unknown, program: Program): (HostTensor | undefined)[] {
  const bound = program.outputs.map((): HostTensor | undefined => undefined);
  for (const { path, value } of flattenTree(into, isHostTensor)) {
    const i = program.outputNames.indexOf(path || 'result');
    if (i < 0) throw new RangeError(`the program has no result '${path}'`);
    bound[i] = fit(value, program.outputs[i], path);
  }
  return bound;
}
