/** @file What a question about one operation is made of: its graph, shapes that fit together, constants of every type. */
import type { OnnxDtype } from '../../../src/formats/onnx/model.ts';
import type { Rng } from '../../../src/data/rng.ts';
import type { Plain, TestGraph } from '../../../src/nn/import/graph.testing.ts';

/** Attributes of the node in question. */
export type Attributes = Readonly<Record<string, Plain>>;

/** What a graph may be made of. */
export interface Setting {
  readonly rng: Rng;
  readonly opset: number;
  readonly attributes: Attributes;
  readonly pick: <T>(choices: readonly T[]) => T;
  /** A whole number in low … high. */
  readonly between: (low: number, high: number) => number;
}

/** A graph: the shape of its input, and the nodes behind it. */
export interface Question {
  readonly dims: readonly number[];
  readonly build: (g: TestGraph) => string;
}

/** How one operation is asked about. */
export interface OperatorQuestions {
  /** Values of attributes that are neither flags nor words. */
  readonly values?: Readonly<Record<string, readonly Plain[]>>;
  readonly ask: (setting: Setting) => Question;
}

/** How each operation of a group is asked about. */
export type Questions = Readonly<Record<string, OperatorQuestions>>;

/** How many numbers a shape holds. */
export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** An attribute that is a real number. */
export const float = (value: number): Plain => ({ float: value });

/** Slopes, offsets, factors. */
export const floats = [0, 1, 0.01, -1.5, 2.5].map(float);

/** Vectors, images, one number, none. */
export const anyShape = ({ pick, between }: Setting): number[] =>
  pick<() => number[]>([
    () => [1, between(1, 7)],
    () => [between(1, 5)],
    () => [1, between(1, 4), between(3, 6), between(2, 5)],
    () => [between(2, 3), between(1, 3), between(2, 4)],
    () => [1, 1],
    () => [],
  ])();

/** Shapes that broadcast with one. */
export const besides = (dims: readonly number[], { pick }: Setting): number[] =>
  pick<() => number[]>([
    () => [...dims],
    () => [],
    () => [1],
    () => dims.map((n) => (pick([true, false]) ? n : 1)),
    () => dims.slice(1),
    () => dims.slice(-1),
    () => [2, ...dims.map((n) => n)],
  ])();

/** An operation on the network's input alone. */
export const one = (op: string, values?: OperatorQuestions['values']): OperatorQuestions => ({
  ...(values && { values }),
  ask: (s) => ({ dims: anyShape(s), build: (g) => g.node(op, ['x'], s.attributes) }),
});

/** Puts a constant beside the network's input. */
export const used = (g: TestGraph, c: string): string => g.node('Add', ['x', g.node('Cast', [c], { to: 1 })]);

/** Types that arithmetic is done in. */
export const numeric: readonly OnnxDtype[] = ['float32', 'float64', 'int64', 'int32'];

/** An operation on constants of several types. */
export const folded = (
  op: string,
  values: Partial<Record<OnnxDtype, readonly number[]>>,
  count: number,
  attributes?: OperatorQuestions['values'],
): OperatorQuestions => ({
  ...(attributes && { values: attributes }),
  ask(s) {
    const type = s.pick(Object.keys(values) as OnnxDtype[]);
    const numbers = values[type]!;
    return {
      dims: [1, 4],
      build: (g) =>
        used(
          g,
          g.node(
            op,
            Array.from({ length: count }, (_, i) =>
              i > 0 && s.pick([true, false])
                ? g.numbers(type, [], [s.pick(numbers)])
                : g.numbers(
                    type,
                    [4],
                    Array.from({ length: 4 }, () => s.pick(numbers)),
                  ),
            ),
            s.attributes,
          ),
        ),
    };
  },
});

/** Numbers of real types. */
export const reals = [0.5, 1, -2.5, 7.25, 1e-3, 1e8, 0.1];

const wholes = [0, 1, 2, -3, 7, -7, 100, 1 << 20];

/** Numbers of every type that arithmetic is done in. */
export const allNumeric = { float32: reals, float64: reals, int64: wholes, int32: wholes };

/** Constants first, the network's input where the operation takes it too. */
export const both = (layer: OperatorQuestions, constants: OperatorQuestions): OperatorQuestions => ({
  ...(layer.values && { values: layer.values }),
  ask: (s) => (s.pick([true, true, false]) ? layer.ask(s) : constants.ask(s)),
});
