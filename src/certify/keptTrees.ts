/** @file Trees as a search has left them, and their multipliers as certificates hold them. */
import type { KeptLeaf, KeptTree } from './recorder.ts';

/** β as the certificate holds it: the upper half of an f32 number, rounded to nearest. */
export function bfloat(value: number): number {
  const word = new Uint32Array(Float32Array.of(Math.max(0, value)).buffer);
  word[0] = (word[0] + 0x8000) & 0xffff0000;
  return new Float32Array(word.buffer)[0];
}

const leavesOf = (tree: KeptTree | undefined): number =>
  tree === undefined ? 0 : tree.kind === 'leaf' ? 1 : tree.leaves;

export const largest = (a: KeptTree | undefined, b: KeptTree | undefined): KeptTree | undefined =>
  leavesOf(a) >= leavesOf(b) ? a : b;

/** Up to `count` leaves from all over a tree. */
export function someLeaves(tree: KeptTree | undefined, count: number): KeptLeaf[] {
  if (!tree || count <= 0) return [];
  if (tree.kind === 'leaf') return [tree];
  const share = Math.round((count * leavesOf(tree.above)) / Math.max(1, tree.leaves));
  const first = someLeaves(tree.above, Math.min(count, share));
  return [...first, ...someLeaves(tree.below, count - first.length)];
}
