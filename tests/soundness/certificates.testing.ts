/** @file Small networks, properties of them, and certificates built with nothing but the checker's own session. */
import type { Tensor } from '../../src/check/certificate/certificate.ts';
import type { Metadata, PropertyFields } from '../../src/check/certificate/metadata.ts';
import { sha256 } from '../../src/check/certificate/sha256.ts';
import type { BoundsSection, Step } from '../../src/check/certificate/steps.ts';
import type { CheckSession, Path } from '../../src/check/contracts.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import { propertyOf } from '../../src/check/property/fields.ts';
import { openCheck } from '../../src/check/session.ts';
import { headBytes, sectionBytes, stepBytes, varint } from '../../src/certify/encode.ts';
import type { InputSet } from '../../src/check/property/property.ts';
import { createRng } from '../../src/data/rng.ts';
import { bytesOf } from '../../src/formats/ndArray.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';

/** The trees of a set as one list of steps for each conjunction, each step with the number of splits before it. */
export interface Proof {
  readonly sets: readonly { readonly section: BoundsSection; readonly trees: readonly (readonly Step[])[] }[];
}

/** What a certificate is made of, so that tests can change any part. */
export interface Parts {
  readonly model: Uint8Array;
  readonly vnnlib?: string;
  readonly metadata: Metadata;
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly proof: Proof;
}

/** Gemm, Relu, …, Gemm with random weights. */
export function randomModel(seed: number, sizes: readonly number[]): Uint8Array {
  const rng = createRng(seed);
  const random = (length: number, scale: number): Float32Array =>
    Float32Array.from({ length }, () => rng.uniform(-scale, scale));
  const initializers = sizes.slice(1).flatMap((size, i) => [
    {
      name: `w${i}`,
      dtype: 'float32' as const,
      dims: [size, sizes[i]],
      rawData: bytesOf(random(size * sizes[i], 1)),
    },
    { name: `b${i}`, dtype: 'float32' as const, dims: [size], rawData: bytesOf(random(size, 0.3)) },
  ]);
  const last = sizes.length - 2;
  const nodes = sizes.slice(1).flatMap((_, i) => [
    {
      opType: 'Gemm',
      inputs: [i === 0 ? 'x' : `h${i - 1}`, `w${i}`, `b${i}`],
      outputs: [i === last ? 'y' : `z${i}`],
      attributes: { transB: { int: 1 } },
    },
    ...(i === last ? [] : [{ opType: 'Relu', inputs: [`z${i}`], outputs: [`h${i}`] }]),
  ]);
  return encodeModel({
    irVersion: 8,
    opsets: { '': 17 },
    graph: {
      name: 'random',
      nodes,
      initializers,
      inputs: [{ name: 'x', dtype: 'float32', dims: [1, sizes[0]] }],
      outputs: [{ name: 'y', dtype: 'float32', dims: [1, sizes.at(-1)!] }],
    },
  });
}

const maxDepth = 16;

/** Refutes a conjunction: splits of neurons and halves of inputs by turns; undefined where it does not work. */
function treeOf(session: CheckSession, set: InputSet, conjunction: number, start: Path): Step[] | undefined {
  const grow = (path: Path, lower: Float64Array, upper: Float64Array, depth: number): Step[] | undefined => {
    if (path.empty) return [{ kind: 'empty' }];
    const betas = new Float64Array(path.splits);
    const leaves = set.unsafe[conjunction].map((_, row) => ({
      path,
      conjunction,
      proof: { rows: [{ row, weight: 1 }], changes: [], betas },
    }));
    const closed = session.leaves(leaves).findIndex((bound) => bound > 1e-3);
    if (closed >= 0) return [{ kind: 'leaf', ...leaves[closed].proof }];
    if (depth === maxDepth) return undefined;
    const [split] = session.sites.flatMap((_, site) => {
      const bounds = session.bounds(path, site);
      const elements = [...bounds.lower.keys()].filter(
        (i) => bounds.lower[i] < -0.05 && bounds.upper[i] > 0.05,
      );
      return elements.map((element) => ({ site, element, point: 0 }));
    });
    const both = (
      first: Step,
      child: (side: 'above' | 'below') => Step[] | undefined,
    ): Step[] | undefined => {
      const above = child('above');
      const below = above && child('below');
      return below && [first, ...above, ...below];
    };
    if (depth % 3 === 0 && split)
      return both({ kind: 'split', ...split }, (side) =>
        grow(session.split(path, split, side), lower, upper, depth + 1),
      );
    const widths = upper.map((u, i) => u - lower[i]);
    const input = widths.indexOf(Math.max(...widths));
    const value = (lower[input] + upper[input]) / 2;
    return both({ kind: 'halve', input, value }, (side) => {
      const [low, high] = [lower.slice(), upper.slice()];
      (side === 'above' ? low : high)[input] = value;
      const halved = session.derive(session.halve(path, input, value, side), { kind: 'adaptive' });
      const steps = grow(halved, low, high, depth + 1);
      return steps && [{ kind: 'bounds', section: { kind: 'adaptive' } }, ...steps];
    });
  };
  return grow(start, set.lower, set.upper, 0);
}

/** A certificate's parts; undefined where the builder finds no proof. */
export async function partsOf(
  model: Uint8Array,
  property: PropertyFields,
  tensors: ReadonlyMap<string, Tensor> = new Map(),
  vnnlib?: string,
): Promise<Parts | undefined> {
  const asked = propertyOf({ property, tensors }, vnnlib);
  const read = readModel(model);
  const graph = compileGraph(read, asked.normalization);
  const arithmetic = { float: 'float32', flush: true } as const;
  const section: BoundsSection = { kind: 'adaptive' };
  const sets: Proof['sets'][number][] = [];
  for (const set of asked.sets) {
    const session = openCheck(graph, set, arithmetic);
    const root = session.derive(session.root, section);
    const trees = set.unsafe.map((_, conjunction) => treeOf(session, set, conjunction, root));
    if (trees.includes(undefined)) return undefined;
    sets.push({ section, trees: trees as Step[][] });
  }
  const metadata: Metadata = {
    format: 'certprune-certificate',
    version: 1,
    tool: 'a test',
    statement: 'see the property',
    model: { sha256: await sha256(model), name: 'net.onnx' },
    property,
    arithmetic,
  };
  return { model, metadata, tensors, proof: { sets }, ...(vnnlib !== undefined && { vnnlib }) };
}

const joined = (pieces: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(pieces.flatMap((piece) => [...piece]));

/** The bytes of a proof. */
export const proofBytes = ({ sets }: Proof): Uint8Array =>
  joined([
    Uint8Array.from(varint(sets.length)),
    ...sets.flatMap(({ section, trees }) => [sectionBytes(section), ...trees.flat().map(stepBytes)]),
  ]);

/** The file. @param proof bytes in place of those of the parts */
export function certificateBytes({ metadata, tensors, proof }: Parts, bytes = proofBytes(proof)): Uint8Array {
  return joined([headBytes(metadata, tensors, bytes.length), bytes]);
}

/** A property of the hash of its text. */
export async function vnnlibFields(text: string): Promise<PropertyFields> {
  return { kind: 'vnnlib', sha256: await sha256(new TextEncoder().encode(text)), name: 'prop.vnnlib' };
}

/** The label of an image, its tensor, and the property that it stays within ε. */
export function imageFields(
  model: Uint8Array,
  image: readonly number[],
  epsilon: string,
): [PropertyFields, ReadonlyMap<string, Tensor>] {
  const graph = compileGraph(readModel(model));
  const centre = Float64Array.from(image, Math.fround);
  const set = { lower: centre, upper: centre, unsafe: [] };
  const { outputs } = openCheck(graph, set, { float: 'none', flush: false }).evaluate(centre);
  const label = outputs.indexOf(Math.max(...outputs));
  const tensors = new Map([['image', { shape: [1, image.length], values: centre }]]);
  return [
    { kind: 'image', label, classes: outputs.length, epsilon, norm: 'linf', range: ['0', '1'] },
    tensors,
  ];
}

/** A property of two boxes, with two conditions in each. */
export const twoBoxes = (
  top: number,
  least = 4,
): string => `${[0, 1, 2].flatMap((i) => [`(declare-const X_${i} Real)`, `(declare-const Y_${i} Real)`]).join('')}
  (assert (or (and (<= 0.2 X_0 0.4) (<= 0.5 X_1 0.8)) (and (<= 0.5 X_0 0.6) (<= 0.1 X_1 ${top}))))
  (assert (<= 0.3 X_2 0.7))
  (assert (or (and (>= Y_0 ${least}) (<= Y_0 Y_1)) (<= (+ Y_0 Y_1 Y_2) -9)))`;

/** Where the tree that begins at a step ends. */
export function endOf(steps: readonly Step[], at: number): number {
  const { kind } = steps[at];
  if (kind === 'leaf' || kind === 'empty') return at + 1;
  const first = endOf(steps, at + 1);
  return kind === 'alpha' || kind === 'bounds' ? first : endOf(steps, first);
}
/** The steps with the children of one changed over. */
export const swapped = (steps: readonly Step[], at: number): Step[] => {
  const middle = endOf(steps, at + 1);
  const end = endOf(steps, middle);
  return [
    ...steps.slice(0, at + 1),
    ...steps.slice(middle, end),
    ...steps.slice(at + 1, middle),
    ...steps.slice(end),
  ];
};
