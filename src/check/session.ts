/** @file One set of inputs in one arithmetic: cases, bounds derived for them, and leaves. Builder and checker use the same. */
import { formats } from './bounds/arithmetic.ts';
import { setIn } from './bounds/ends.ts';
import { emptyFrame, enter, forward, machineOf, type Frame } from './bounds/frame.ts';
import { rowsFor } from './bounds/kernel.ts';
import { leastOfBall, leastOfBox } from './bounds/least.ts';
import { openSize, wholeFrame } from './bounds/openBends.ts';
import { boundAgain, boundOutputs, type OpenCase } from './bounds/openWalk.ts';
import { change, clipsOf, walk, type Turn, type Way, type WalkRow } from './bounds/walk.ts';
import type { BoundsSection, Changes, DerivedRow } from './certificate/steps.ts';
import type { Arithmetic, CheckSession, Leaf, Path } from './contracts.ts';
import { forwardExactly, walkExactly } from './exact.ts';
import { CheckFailure, fail } from './failure.ts';
import type { Bend, Graph } from './graph/graph.ts';
import { evaluate } from './graph/evaluate.ts';
import { leafRow } from './leafRow.ts';
import type { InputSet } from './property/property.ts';

interface Case extends Path, Way {
  readonly frame: Frame;
  readonly alphas: Int16Array;
  /** Bounds of what is open in the frame, where they are not the frame's: the way since then has halved inputs alone. */
  readonly open?: OpenCase;
}

export interface SessionOptions {
  /** Every number rational: `exact.ts` in place of the f64 walk. */
  readonly exact?: boolean;
  /** Called at least every few hundred rows; may throw to stop. */
  readonly checkpoint?: () => void;
}

const nowhere: Way = { turn: undefined, derived: undefined };

/** @throws CheckFailure property-fields, not-finite */
export function openCheck(
  graph: Graph,
  asked: InputSet,
  arithmetic: Arithmetic,
  options: SessionOptions = {},
): CheckSession {
  const { sites } = graph;
  const machine = machineOf(
    graph,
    arithmetic.float === 'none' ? undefined : formats[arithmetic.float],
    arithmetic.flush,
  );
  if (arithmetic.float !== 'none' && ![arithmetic.float, 'float32'].includes(graph.type))
    fail('arithmetic-unknown', `The model computes in ${graph.type}, not in ${arithmetic.float}.`);
  const set = setIn(asked, machine.format);
  const { lower, upper } = set;
  if (
    lower.length !== graph.inputs ||
    upper.length !== graph.inputs ||
    set.unsafe.some((rows) => rows.some((row) => row.coefficients.length !== graph.outputs.length))
  )
    throw new CheckFailure('property-fields', 'The property has other inputs or outputs than the model.');
  if (![...lower, ...upper].every((x) => Math.abs(x) < 2 ** 120))
    throw new CheckFailure('not-finite', 'The box is not bounded.');
  /** Bounds of rows that are all about results before operation `end`. */
  function walkAll(
    frame: Frame,
    rows: readonly WalkRow[],
    end: number,
    unit: Float64Array = frame.unit,
  ): Float64Array {
    if (options.exact) return Float64Array.from(rows, (row) => walkExactly(graph, frame, unit, row, end));
    const bounds = new Float64Array(rows.length);
    const space = rowsFor(graph);
    for (let first = 0; first < rows.length; first += space.most) {
      options.checkpoint?.();
      const some = rows.slice(first, first + space.most);
      bounds.set(walk(machine, frame, unit, some, end, space, set.ball), first);
    }
    return bounds;
  }

  const siteOf = (site: number): Bend => sites[site] ?? fail('site-unknown', `There is no site ${site}.`);
  const elementOf = (site: number, element: number): number =>
    siteOf(site).inputs[element] ??
    fail('element-unknown', `The site ${siteOf(site).name} has no element ${element}.`);

  function changed(alphas: Int16Array, changes: Changes): Int16Array {
    if (changes.length === 0) return alphas;
    const copy = alphas.slice();
    change(graph, changes, copy);
    return copy;
  }

  /** Meets bounds of an element; false where nothing is left. */
  function meet(frame: Frame, element: number, low: number, high: number): boolean {
    if (low > frame.lower[element]) frame.lower[element] = low;
    if (high < frame.upper[element]) frame.upper[element] = high;
    return !(frame.lower[element] > frame.upper[element]);
  }

  /** Elements of a site on both sides of the kink. */
  const bending = ({ inputs, kinks }: Bend, { lower: l, upper: u }: Frame): number[] =>
    [...inputs.keys()].filter((i) => l[inputs[i]] < kinks[i] && u[inputs[i]] > kinks[i]);

  /** The operation that an element is of, and its pattern there, in one number that sorts them. */
  function placeOf(element: number): number {
    const index = graph.operations.findLastIndex(({ first }) => first <= element);
    const op = graph.operations[index];
    return op?.kind === 'affine' ? op.first + op.pattern[element - op.first] / (op.size + 1) : element;
  }

  /** Walks of one site's elements; false where one of them has no value left. */
  function refine(
    site: Bend,
    section: BoundsSection,
    frame: Frame,
    alphas: Int16Array,
    end: number,
  ): boolean {
    const given: readonly DerivedRow[] = 'rows' in section ? section.rows : [];
    const listed = given.filter((row) => row.site === site.site);
    const open = section.kind === 'adaptive' ? bending(site, frame) : listed.map(({ element }) => element);
    /* Results that read the same elements are walked together: what they do not reach is skipped. */
    const place = new Map(open.map((element) => [element, placeOf(site.inputs[element])]));
    open.sort((a, b) => place.get(a)! - place.get(b)! || a - b);
    const known = new Map<number, DerivedRow>(listed.map((row) => [row.element, row]));
    const asked = open.flatMap((element) => {
      const row = known.get(element);
      return ([1, -1] as const).flatMap((side) => {
        const changes = side === 1 ? row?.lower : row?.upper;
        if (!changes && section.kind === 'list') return [];
        return [{ element: site.inputs[element], side, changes: changes ?? [] }];
      });
    });
    const rows = asked.map(({ element, side, changes }) => ({
      elements: [element],
      coefficients: [side],
      constant: 0,
      slack: 0,
      alphas,
      changes,
      way: nowhere,
      betas: [],
    }));
    const bounds = walkAll(frame, rows, end);
    return asked.every(({ element, side }, k) =>
      side === 1 ? meet(frame, element, bounds[k], Infinity) : meet(frame, element, -Infinity, -bounds[k]),
    );
  }

  const leastIn = (a: Float64Array, low: Float64Array, high: Float64Array): number =>
    set.ball ? leastOfBall(a, low, high, set.ball) : leastOfBox(a, low, high);

  /** The ends of the inputs at a path. */
  function inputEnds({ frame, ...way }: Case): readonly [Float64Array, Float64Array] {
    const ends = [frame.lower.slice(0, graph.inputs), frame.upper.slice(0, graph.inputs)] as const;
    for (const [element, { lower: low, upper: high }] of clipsOf(way))
      if (element < graph.inputs) [ends[0][element], ends[1][element]] = [low, high];
    return ends;
  }

  /**
   * Whether what is open has rows of its own: below a halving, where going back through them costs no more than the whole
   * graph. A bound by them is one of the same lines, with sizes and intervals of a case above.
   */
  function hasRows({ frame, open, splits, turn }: Case, section: BoundsSection): boolean {
    if (section.kind !== 'adaptive' || section.rows?.length || options.exact || splits > 0 || !turn)
      return false;
    const count = open?.of.bends ?? sites.reduce((n, site) => n + bending(site, frame).length, 0);
    return openSize(graph.inputs, count) <= graph.cost;
  }

  /** A case with all of its bounds in a frame. */
  const whole = ({ open, ...from }: Case): Case =>
    open ? { ...from, frame: wholeFrame(from.frame, open) } : from;

  function derive(from: Case, section: BoundsSection, parent?: Frame): Case {
    if (section.kind !== 'none') for (const { site, element } of section.rows ?? []) elementOf(site, element);
    const frame = emptyFrame(machine);
    const result = (empty: boolean): Case => ({ ...from, frame, empty, derived: from.turn });
    const before = parent ?? from.frame;
    const clips = clipsOf(from);
    const start = (element: number): boolean => {
      if (parent && !meet(frame, element, parent.lower[element], parent.upper[element])) return false;
      const clip = clips.get(element);
      return clip === undefined || meet(frame, element, clip.lower, clip.upper);
    };
    for (let j = 0; j < graph.inputs; j++) {
      frame.lower[j] = before.lower[j];
      frame.upper[j] = before.upper[j];
      if (!start(j)) return result(true);
      enter(frame, j);
    }
    for (const [index, op] of graph.operations.entries()) {
      if (op.kind === 'bend' && !refine(op, section, frame, from.alphas, index)) return result(true);
      /* That nothing overflows in the format is judged in f64 alone. */
      forward(machine, index, frame);
      if (options.exact) forwardExactly(graph, index, frame, arithmetic);
      for (let j = op.first; j < op.first + op.size; j++) if (!start(j)) return result(true);
    }
    return result(false);
  }

  /** The bounds of an element as they hold at a path. */
  function boundsAt({ frame, turn, derived }: Case, element: number): readonly [number, number] {
    for (let at = turn; at && at !== derived; at = at.before)
      if (at.element === element) return [at.lower, at.upper];
    return [frame.lower[element], frame.upper[element]];
  }

  function narrowed(path: Case, element: number, low: number, high: number, split?: Turn['split']): Case {
    const [l, u] = boundsAt(path, element);
    const [lower, upper] = [Math.max(l, low), Math.min(u, high)];
    const turn = { element, lower, upper, before: path.turn, ...(split && { split }) };
    return { ...path, empty: path.empty || lower > upper, splits: path.splits + (split ? 1 : 0), turn };
  }

  const walkRowOf = ({ path, conjunction, proof }: Leaf): WalkRow =>
    leafRow(graph, set, conjunction, proof, path as Case);

  const box: Case = {
    empty: false,
    splits: 0,
    alphas: new Int16Array(graph.alphas).fill(-1),
    ...nowhere,
    frame: {
      lower,
      upper,
      magnitude: lower,
      unit: lower,
      realUnit: lower,
      merged: { operands: lower, value: lower },
    },
  };
  return {
    sites: sites.map(({ name, op, size, inputs }) => ({ name, op, size: inputs.length, outputs: size })),
    cost: graph.cost,
    root: derive(box, { kind: 'none' }),
    bounds(path, site) {
      const at = whole(path as Case);
      const clips = clipsOf(at);
      const { inputs, kinks } = siteOf(site);
      const of = (end: 'lower' | 'upper'): Float64Array =>
        Float64Array.from(inputs, (j, i) => (clips.get(j)?.[end] ?? at.frame[end][j]) - kinks[i]);
      return { lower: of('lower'), upper: of('upper') };
    },
    split(path, { site, element, point: beyond }, side) {
      const at = elementOf(site, element);
      const point = siteOf(site).kinks[element] + beyond;
      const from = whole(path as Case);
      const [l, u] = boundsAt(from, at);
      if (!from.empty && !(l <= point && point <= u))
        fail(
          'split-stable',
          `The site ${siteOf(site).name} is split at ${point}, its element ${element} is within ${l} … ${u}.`,
        );
      if (from.splits >= 2 ** 14) fail('depth-too-large', 'More than 16,384 splits lead to a case.');
      return side === 'above'
        ? narrowed(from, at, point, Infinity, { point, side: 1 })
        : narrowed(from, at, -Infinity, point, { point, side: -1 });
    },
    halve(path, input, value, side) {
      if (!(input >= 0 && input < graph.inputs)) fail('input-unknown', `There is no input ${input}.`);
      if (!Number.isFinite(value)) fail('not-finite', `An input is halved at ${value}.`);
      const [low, high] = side === 'above' ? [value, Infinity] : [-Infinity, value];
      return narrowed(path as Case, input, low, high);
    },
    alpha: (path, changes): Case => ({ ...(path as Case), alphas: changed((path as Case).alphas, changes) }),
    derive(path, section) {
      if (path.empty) return path;
      const given = path as Case;
      if (hasRows(given, section)) {
        options.checkpoint?.();
        const again = boundAgain(machine, given, inputEnds(given), given.alphas, leastIn);
        return { ...given, ...(again ?? { empty: true }) };
      }
      const from = whole(given);
      return derive(from, section, from.frame);
    },
    open({ open: own }: Case) {
      return own && { bends: own.of.bends, cost: openSize(graph.inputs, own.of.bends) };
    },
    leaves(leaves, real = false) {
      const bounds = new Float64Array(leaves.length).fill(Infinity);
      const open = [...leaves.keys()].filter((k) => {
        const path = leaves[k].path as Case;
        if (!path.open || path.empty) return !path.empty;
        const row = walkRowOf(leaves[k]);
        const alphas = changed(row.alphas, row.changes);
        bounds[k] = boundOutputs(path.open, row, alphas, inputEnds(path), leastIn, real);
        return false;
      });
      const frameOf = (k: number): Frame => (leaves[k].path as Case).frame;
      for (const frame of new Set(open.map(frameOf))) {
        const own = open.filter((k) => frameOf(k) === frame);
        const rows = own.map((k) => walkRowOf(leaves[k]));
        const unit = real ? frame.realUnit : frame.unit;
        walkAll(frame, rows, graph.operations.length, unit).forEach((bound, i) => (bounds[own[i]] = bound));
      }
      return bounds;
    },
    evaluate: (x) => evaluate(graph, x),
  };
}
