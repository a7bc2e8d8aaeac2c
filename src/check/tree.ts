/** @file Goes through the trees of a proof: cases cover their parent, and every leaf is refuted. */
import type { ProofReader } from './certificate/proofReader.ts';
import type { Arithmetic, CheckSession, LeafProof, Path } from './contracts.ts';
import { CheckFailure } from './failure.ts';
import type { Graph } from './graph/graph.ts';
import type { Property } from './property/property.ts';
import { openCheck } from './session.ts';

export interface TreeOptions {
  /** Told the leaves so far, and the share of the proof's bytes that is read. */
  readonly onProgress?: (leaves: number, share: number) => void;
  readonly signal?: AbortSignal;
  /** Rational arithmetic: small networks only. */
  readonly exact?: boolean;
  /** Judges only every `of`-th group of leaves, from the `at`-th on: several checkers share a proof. */
  readonly part?: { readonly at: number; readonly of: number };
}

export interface TreeResult {
  /** In which format every leaf holds; `none`: in real arithmetic alone. */
  readonly float: Arithmetic['float'];
  readonly leaves: number;
  readonly worst: number;
}

/** A case: how it comes from its parent. Its place is found when a leaf below it is judged: other parts of a proof need none. */
interface Node {
  readonly parent?: Node;
  readonly from: (parent: Path) => Path;
  readonly words?: string;
  readonly splits: number;
  path?: Path;
}

interface Waiting {
  readonly node: Node;
  readonly conjunction: number;
  /** Absent: the case is said to hold no point. */
  readonly proof?: LeafProof;
}

const pathOf = (node: Node): Path => (node.path ??= node.from(pathOf(node.parent!)));

function wordsOf(node: Node | undefined): string[] {
  const words: string[] = [];
  for (let at = node; at; at = at.parent) if (at.words) words.unshift(at.words);
  return words;
}

/** Leaves that are judged at once. */
const together = 32;

/**
 * A leaf that is not refuted in the float format is asked in real arithmetic, and so are all that follow: what holds with the
 * format's disturbance holds without it, so those before it need not be asked again, and bounds that are derived serve on.
 * @throws CheckFailure
 */
export async function checkTrees(
  graph: Graph,
  property: Property,
  arithmetic: Arithmetic,
  proof: ProofReader,
  { onProgress, signal, exact = false, part = { at: 0, of: 1 } }: TreeOptions = {},
): Promise<TreeResult> {
  let { float } = arithmetic;
  let [leaves, worst, groups] = [0, Infinity, 0];
  const count = await proof.sets();
  if (count !== property.sets.length)
    throw new CheckFailure(
      'sets-differ',
      `The proof is of ${count} sets of inputs, the property of ${property.sets.length}.`,
    );
  for (const set of property.sets) {
    const section = await proof.bounds();
    /** Bounds are derived in the format wherever that is possible, so that all who share a proof judge the same. */
    const begin = (tried: Arithmetic['float']): readonly [CheckSession, Path] => {
      try {
        const checkpoint = (): void => signal?.throwIfAborted();
        const opened = openCheck(graph, set, { ...arithmetic, float: tried }, { exact, checkpoint });
        return [opened, opened.derive(opened.root, section)];
      } catch (error) {
        if (
          tried === 'none' ||
          !(error instanceof CheckFailure) ||
          !['not-finite', 'arithmetic-unknown'].includes(error.kind)
        )
          throw error;
        float = 'none';
        return begin('none');
      }
    };
    const [session, derived] = begin(arithmetic.float);
    const root: Node = { from: (path) => path, path: derived, splits: 0 };
    let waiting: Waiting[] = [];

    const boundsOf = (asked: readonly Waiting[]): number[] => {
      const cases = asked.map(({ node, conjunction, proof: own }) => ({
        path: pathOf(node),
        conjunction,
        proof: own,
      }));
      const bounds = cases.map(({ path, proof: own }) => (own ? 0 : path.empty ? Infinity : -Infinity));
      const walked = [...cases.keys()].filter((k) => cases[k].proof);
      session
        .leaves(
          walked.map((k) => ({ ...cases[k], proof: cases[k].proof! })),
          float === 'none',
        )
        .forEach((bound, i) => (bounds[walked[i]] = bound));
      return bounds;
    };

    function judge(): void {
      if (groups++ % part.of !== part.at) {
        waiting = [];
        return;
      }
      const isOpen = (bound: number): boolean => !(bound > 0);
      let bounds = boundsOf(waiting);
      if (float !== 'none' && bounds.some(isOpen)) {
        float = 'none';
        bounds = boundsOf(waiting);
      }
      bounds.forEach((bound, k) => {
        const { node, conjunction, proof: own } = waiting[k];
        const place = { path: [`conjunction ${conjunction}`, ...wordsOf(node)], ...(own && { bound }) };
        if (isOpen(bound) && own)
          throw new CheckFailure('leaf-open', `The bound of a leaf is ${bound}, not above 0.`, place);
        if (isOpen(bound))
          throw new CheckFailure(
            'leaf-not-empty',
            'A case that is said to hold no point may hold one.',
            place,
          );
        worst = Math.min(worst, bound);
      });
      leaves += waiting.length;
      waiting = [];
      signal?.throwIfAborted();
      onProgress?.(leaves, proof.taken / proof.length);
    }

    for (const conjunction of set.unsafe.keys()) {
      const open: Node[] = [root];
      for (let node = open.pop(); node; node = open.pop()) {
        const parent = node;
        const step = await proof.step(parent.splits);
        const child = (from: Node['from'], words?: string, splits = 0): Node => ({
          parent,
          from,
          splits: parent.splits + splits,
          ...(words !== undefined && { words }),
        });
        const sides = ['below', 'above'] as const;
        const signs = { below: '≤', above: '≥' };
        if (step.kind === 'alpha') open.push(child((path) => session.alpha(path, step.changes)));
        else if (step.kind === 'bounds') open.push(child((path) => session.derive(path, step.section)));
        else if (step.kind === 'split')
          for (const side of sides)
            open.push(
              child(
                (path) => session.split(path, step, side),
                `element ${step.element} of site ${step.site} ${signs[side]} ${step.point}`,
                1,
              ),
            );
        else if (step.kind === 'halve')
          for (const side of sides)
            open.push(
              child(
                (path) => session.halve(path, step.input, step.value, side),
                `input ${step.input} ${signs[side]} ${step.value}`,
              ),
            );
        else waiting.push({ node: parent, conjunction, ...(step.kind === 'leaf' && { proof: step }) });
        if (waiting.length >= together) judge();
      }
    }
    judge();
  }
  return { float, leaves, worst };
}
