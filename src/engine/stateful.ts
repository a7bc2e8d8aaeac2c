/** @file Stateful runs: a program whose result holds the next state, with two sets of memory that change places. */
import type { Tensor, TensorSpec } from '../tensor/tensor.ts';
import { flattenTree, mapTree, type MapTree } from '../tensor/tree.ts';
import type { Executable, FeedsOf, PartOf, ResultOf } from './compile.ts';
import { allocate, isFeed, isHostTensor, type HostTensor } from './hostTensor.ts';

/** A tree of values with the structure of a tree of specs. */
export type StateOf<S> = MapTree<S, TensorSpec, HostTensor>;

/** Repeats a program on its own state, e.g. training steps on parameters and momentum. */
export interface StatefulRunner<S extends { state: unknown }, R extends { state: unknown }> {
  /**
   * One run from the current state to the next.
   * @param feeds the argument's other parts
   * @returns the result's other parts
   */
  step(feeds: Omit<FeedsOf<S>, 'state'>): Promise<Omit<ResultOf<R>, 'state'>>;
  /** The current state. Its memory is written again by the step after the next: copy what must stay. */
  state(): StateOf<S['state']>;
  /** Replaces the state (copied), e.g. to rewind. @throws RangeError where a value is missing or does not fit */
  setState(state: FeedsOf<S['state']>): void;
}

/**
 * @param executable a compiled `({ state, ...rest }) => ({ state: next, ...others })`; the two states are equal trees
 * @param initial copied
 */
export function createStateful<S extends { state: unknown }, R extends { state: unknown }>(
  executable: Executable<S, R>,
  initial: FeedsOf<S['state']>,
): StatefulRunner<S, R> {
  const inputs = new Map(executable.program.inputs.map((input) => [input.attributes.name, input]));
  const specAt = (path: string): Tensor => {
    const input = inputs.get(path === '' ? 'state' : `state.${path}`);
    if (!input) throw new RangeError(`the program has no state '${path}'`);
    return input;
  };
  const room = (): StateOf<S['state']> =>
    mapTree(initial, isFeed, (_, path) => allocate(specAt(path))) as StateOf<S['state']>;
  let current = room();
  let next = room();

  const setState = (state: FeedsOf<S['state']>): void => {
    const given = new Map(flattenTree(state, isFeed).map((leaf) => [leaf.path, leaf.value]));
    for (const { path, value } of flattenTree(current, isHostTensor)) {
      const feed = given.get(path);
      const elements = typeof feed === 'number' ? [feed] : isHostTensor(feed) ? feed.data : feed;
      if (elements?.length !== value.data.length)
        throw new RangeError(
          `state.${path} needs ${value.data.length} elements, was given ${elements?.length ?? 'none'}`,
        );
      value.data.set(elements);
    }
  };
  setState(initial);

  return {
    async step(feeds) {
      const { state, ...rest } = await executable.run(
        { ...feeds, state: current } as unknown as FeedsOf<S>,
        { state: next } as unknown as PartOf<ResultOf<R>>,
      );
      void state;
      [current, next] = [next, current];
      return rest;
    },
    state: () => current,
    setState,
  };
}
