/** @file Convolutions in ONNX Runtime's blocked layout, for weights that are not constant. */
import type { ConvGeometry } from '../../../tensor/tensor.ts';
import { readFileSync } from 'node:fs';
import type { Shape } from '../../../tensor/shape.ts';
import { emit, emitNode, freshName, ints, type Emitter } from './emitter.ts';

/**
 * ONNX Runtime turns convolutions by constant weights into its own layout [B, C/n, H, W, n] (n channels innermost),
 * which is up to 1.7 times as fast and divides better among threads. Training weights are inputs, so here the same
 * operations are written out: reorder x, permute the weights (small), convolve, reorder the result.
 */
export const blockedDomain = 'com.microsoft.nchwc';

let detected: number | undefined;

/**
 * Channels of a block on this processor: 16 with AVX-512, else 0, meaning that the layout is not used
 * (ONNX Runtime's choice is the same; `verifyBlockedLayout` checks it by a small convolution).
 */
export function blockSize(): number {
  return (detected ??= detectBlockSize());
}

/** Gives the blocked layout up for this process. */
export function disableBlockedLayout(): void {
  detected = 0;
}

function detectBlockSize(): number {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 0;
  try {
    return /^flags\s*:.*\bavx512f\b/m.test(readFileSync('/proc/cpuinfo', 'latin1')) ? 16 : 0;
  } catch {
    return 0;
  }
}

/** Whether channels fill whole blocks of n. */
export function fillsBlocks(weight: Shape, { groups }: ConvGeometry, n: number): boolean {
  return n > 0 && groups === 1 && weight[0] % n === 0 && weight[1] % n === 0;
}

/** Nodes already made for a value in this graph, e.g. x in the blocked layout for several convolutions. */
const made = new WeakMap<Emitter, Map<string, string>>();

function once(emitter: Emitter, key: string, make: () => string): string {
  let names = made.get(emitter);
  if (!names) made.set(emitter, (names = new Map()));
  let name = names.get(key);
  if (name === undefined) names.set(key, (name = make()));
  return name;
}

function emitBlocked(emitter: Emitter, opType: string, inputs: readonly string[], attributes = {}): string {
  const output = freshName(emitter);
  emitter.shared.usesBlocked = true;
  emitNode(emitter, opType, inputs, [output], attributes, blockedDomain);
  return output;
}

/** weight [co,ci,kh,kw] → [co/n, ci/n, kh, kw, n of ci, n of co], given the shape [co,ci,kh,kw] again. */
function blockedWeight(emitter: Emitter, weight: string, shape: Shape, n: number): string {
  const [co, ci, kh, kw] = shape;
  const split = emit(emitter, 'Reshape', [weight, ints(emitter, [co / n, n, ci / n, n, kh, kw])]);
  const ordered = emit(emitter, 'Transpose', [split], { perm: [0, 2, 4, 5, 3, 1] });
  return emit(emitter, 'Reshape', [ordered, ints(emitter, shape)]);
}

/** Conv with the attributes of the standard one. @param inputs x, weight, bias? */
export function blockedConv(
  emitter: Emitter,
  inputs: readonly string[],
  weightShape: Shape,
  attributes: Readonly<Record<string, number | readonly number[]>>,
  n: number,
): string {
  const [x, weight, ...bias] = inputs;
  const blocked = once(emitter, x, () => emitBlocked(emitter, 'ReorderInput', [x]));
  const kernel = once(emitter, `${weight} as weight`, () => blockedWeight(emitter, weight, weightShape, n));
  const result = emitBlocked(emitter, 'Conv', [blocked, kernel, ...bias], attributes);
  return emitBlocked(emitter, 'ReorderOutput', [result], { channels: weightShape[0] });
}
