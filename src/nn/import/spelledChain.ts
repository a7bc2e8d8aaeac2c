/** @file `sequential-relu:s2p1,s1p0`: a chain spelled out as a model's name, with the windows of its convolutions. */
import type { NdArray } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';
import { kernelsOf, usualWindow, type Window } from './torchChain.ts';

type Tensors = ReadonlyMap<string, NdArray>;

const word = 'sequential-relu';

/** As it would be written, with the windows customary for the kernels. */
function example(tensors: Tensors): string {
  const windows = kernelsOf(tensors).map(usualWindow);
  return windows.length === 0
    ? word
    : `${word}:${windows.map(({ stride, padding }) => `s${stride}p${padding}`).join(',')}`;
}

/**
 * The windows that a model's name spells out; undefined where it is another name.
 * @throws UserError where they are not those of the convolutions
 */
function read(model: string, tensors: Tensors): Window[] | undefined {
  const [head, tail] = model.split(':', 2);
  if (head !== word) return undefined;
  const kernels = kernelsOf(tensors);
  const windows = (tail === undefined ? [] : tail.split(',')).map((text) => {
    const found = /^s([1-9]\d*)p(\d+)$/.exec(text.trim());
    if (!found)
      throw new UserError(
        `--model ${model}: "${text}" is no window; expected stride and padding such as s2p1.`,
      );
    return { stride: Number(found[1]), padding: Number(found[2]) };
  });
  if (windows.length !== kernels.length)
    throw new UserError(
      `--model ${model}: ${windows.length} windows for ${kernels.length} convolutions (kernels ` +
        `${kernels.join(', ') || 'none'}). Give stride and padding of each, e.g. ${example(tensors)}.`,
    );
  return windows;
}

export const spelledChain = { example, read };
