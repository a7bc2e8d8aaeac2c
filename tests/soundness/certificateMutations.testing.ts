/** @file Ways to spoil certificates, and the names that they fail by. */
import { expect } from 'vitest';
import type { PropertyFields } from '../../src/check/certificate/metadata.ts';
import { sha256 } from '../../src/check/certificate/sha256.ts';
import type { BoundsSection, Step } from '../../src/check/certificate/steps.ts';
import { decodeModel } from '../../src/formats/onnx/decode.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import {
  certificateBytes,
  proofBytes,
  vnnlibFields,
  type Parts,
  type Proof,
  endOf,
  swapped,
  twoBoxes,
} from './certificates.testing.ts';

/** What is handed to the checker. */
export interface Handed extends Parts {
  /** In place of the file of the parts. */
  readonly file?: Uint8Array;
}

type OfKind<K extends Step['kind']> = Extract<Step, { kind: K }>;
/** The parts with the steps of the first tree that has such a step changed. */
function withSteps<K extends Step['kind']>(
  parts: Parts,
  kind: K,
  change: (steps: readonly Step[], at: number, step: OfKind<K>) => readonly Step[],
): Parts {
  const [first, ...rest] = parts.proof.sets;
  const tree = first.trees.findIndex((steps) => steps.some((step) => step.kind === kind));
  const steps = first.trees[tree];
  const at = steps.findIndex((step) => step.kind === kind);
  const trees = first.trees.with(tree, change(steps, at, steps[at] as OfKind<K>));
  return { ...parts, proof: { sets: [{ ...first, trees }, ...rest] } };
}
/** The first step of a kind with other fields. */
const withStep = <K extends Step['kind']>(parts: Parts, kind: K, change: (step: OfKind<K>) => Step): Parts =>
  withSteps(parts, kind, (steps, at, step) => steps.with(at, change(step)));
const inSets = (parts: Parts, change: (sets: Proof['sets']) => Proof['sets']): Parts => ({
  ...parts,
  proof: { sets: change(parts.proof.sets) },
});
const inTrees = (
  parts: Parts,
  change: (trees: Proof['sets'][number]['trees']) => Proof['sets'][number]['trees'],
): Parts => inSets(parts, ([first, ...rest]) => [{ ...first, trees: change(first.trees) }, ...rest]);
const inMetadata = (parts: Parts, change: object): Parts => ({
  ...parts,
  metadata: { ...parts.metadata, ...change },
});
const inProperty = (parts: Parts, change: object): Parts =>
  inMetadata(parts, { property: { ...parts.metadata.property, ...change } as PropertyFields });
const inSection = (parts: Parts, section: BoundsSection): Parts =>
  inSets(parts, (sets) => sets.map((set) => ({ ...set, section })));
function inTensor(parts: Parts, at: number, value: number): Parts {
  const tensor = parts.tensors.get('image')!;
  return { ...parts, tensors: new Map([['image', { ...tensor, values: tensor.values.with(at, value) }]]) };
}
/** The model with one number of an initializer changed. */
function inModel(parts: Parts, name: string, at: number, change: (weight: number) => number): Parts {
  const model = decodeModel(parts.model);
  const initializers = model.graph.initializers.map((tensor) => {
    if (tensor.name !== name) return tensor;
    const numbers = new Float32Array(tensor.rawData.slice().buffer);
    numbers[at] = change(numbers[at]);
    return { ...tensor, rawData: new Uint8Array(numbers.buffer) };
  });
  return { ...parts, model: encodeModel({ ...model, graph: { ...model.graph, initializers } }) };
}
const withHash = async (parts: Parts): Promise<Parts> =>
  inMetadata(parts, { model: { sha256: await sha256(parts.model) } });
/** The file with bytes of its proof changed. */
const inBytes = (parts: Parts, change: (bytes: number[]) => readonly number[]): Handed => ({
  ...parts,
  file: certificateBytes(parts, Uint8Array.from(change([...proofBytes(parts.proof)]))),
});
const inFile = (parts: Parts, change: (bytes: Uint8Array) => Uint8Array): Handed => ({
  ...parts,
  file: change(certificateBytes(parts)),
});
const inHead = (parts: Parts, from: string, to: string): Handed =>
  inFile(parts, (bytes) => {
    const latin = Buffer.from(bytes).toString('latin1');
    expect(latin).toContain(from);
    return new Uint8Array(Buffer.from(latin.replace(from, to.padEnd(from.length)), 'latin1'));
  });

type Mutation = (parts: Parts) => Handed | Promise<Handed>;
/** How a certificate is spoilt, and the name that it fails by; '' where it may stay a proof, which rationals then tell. */
export const ofImage: Record<string, readonly [Mutation, string]> = {
  'another ε': [(p) => inProperty(p, { epsilon: '0.6' }), 'leaf-open'],
  'an ε that is no number': [(p) => inProperty(p, { epsilon: 'NaN' }), 'property-fields'],
  'another label': [
    (p) => inProperty(p, { label: ((p.metadata.property as { label: number }).label + 1) % 3 }),
    'leaf-open',
  ],
  'one class more': [(p) => inProperty(p, { classes: 4 }), 'property-fields'],
  'a target less': [
    (p) =>
      inProperty(p, {
        targets: [0, 1, 2].filter((j) => j !== (p.metadata.property as { label: number }).label).slice(1),
      }),
    '',
  ],
  'another norm': [(p) => inProperty(p, { norm: 'l2' }), ''],
  'an unknown norm': [(p) => inProperty(p, { norm: 'l3' }), 'not-a-certificate'],
  'a range without the image': [(p) => inProperty(p, { range: ['3', '4'] }), 'property-fields'],
  'a normalisation': [(p) => inProperty(p, { mean: [-4], std: [0.25] }), 'leaf-open,split-stable'],
  'a tiny deviation': [(p) => inProperty(p, { mean: [0], std: [2 ** -149] }), ''],
  'another image': [(p) => inTensor(p, 0, 0.96875), 'leaf-open'],
  'NaN in the image': [(p) => inTensor(p, 0, Number.NaN), 'not-finite'],
  'infinity in the image': [(p) => inTensor(p, 1, Infinity), 'not-finite'],
  'an image of another size': [
    (p) => ({ ...p, tensors: new Map([['image', { shape: [2], values: Float64Array.of(0.3, 0.6) }]]) }),
    'property-fields',
  ],
  'a shape that lies': [(p) => inHead(p, '"shape":[1,3]', '"shape":[1,2]'), 'not-a-certificate'],
  'a huge shape': [(p) => inHead(p, '"shape":[1,3]', '"shape":[9,9e9]'), 'not-a-certificate'],
  'no image': [(p) => ({ ...p, tensors: new Map() }), 'property-fields'],
  'a weight changed': [(p) => inModel(p, 'w1', 2, (w) => w + 0.5), 'model-hash'],
  'the last bit of a weight changed': [(p) => inModel(p, 'w0', 0, (w) => w * (1 + 2 ** -23)), 'model-hash'],
  'a weight changed, and the hash': [
    (p) => withHash(inModel(p, 'b2', (p.metadata.property as { label: number }).label, (w) => w - 1)),
    'leaf-open',
  ],
  'a weight NaN, and the hash': [(p) => withHash(inModel(p, 'w1', 0, () => Number.NaN)), ''],
  'a weight infinite, and the hash': [(p) => withHash(inModel(p, 'w1', 0, () => Infinity)), ''],
  'another hash': [(p) => inMetadata(p, { model: { sha256: 'f'.repeat(64) } }), 'model-hash'],
  'another version': [(p) => inMetadata(p, { version: 2 }), 'version-unknown'],
  'another format': [(p) => inMetadata(p, { format: 'proof' }), 'not-a-certificate'],
  'an arithmetic of fewer bits': [
    (p) => inMetadata(p, { arithmetic: { float: 'bfloat16', flush: true } }),
    '',
  ],
  'a leaf dropped': [(p) => withSteps(p, 'leaf', (s, at) => s.toSpliced(at, 1)), ''],
  'the last leaf dropped': [(p) => inTrees(p, (t) => t.with(-1, t.at(-1)!.slice(0, -1))), 'child-missing'],
  'half a tree dropped': [(p) => withSteps(p, 'split', (s, at) => s.slice(0, endOf(s, at + 1))), ''],
  'a tree dropped': [(p) => inTrees(p, (t) => t.slice(1)), ''],
  'all trees dropped': [(p) => inTrees(p, () => []), 'child-missing'],
  'trees swapped': [(p) => inTrees(p, (t) => t.toReversed()), ''],
  'a tree doubled': [(p) => inTrees(p, (t) => [...t, t[0]]), 'trailing-bytes'],
  'a subtree doubled': [
    (p) => withSteps(p, 'split', (s, at) => [...s.slice(0, endOf(s, at + 1)), ...s.slice(at + 1)]),
    'leaf-open,leaf-not-empty',
  ],
  'one child in place of both': [
    (p) =>
      withSteps(p, 'split', (s, at) => [
        ...s.slice(0, endOf(s, at + 1)),
        ...s.slice(at + 1, endOf(s, at + 1)),
        ...s.slice(endOf(s, at)),
      ]),
    'leaf-open,leaf-not-empty',
  ],
  'a leaf doubled': [
    (p) => withSteps(p, 'leaf', (s, at) => s.toSpliced(at, 0, s[at])),
    'trailing-bytes,leaf-open',
  ],
  'children of a split swapped': [(p) => withSteps(p, 'split', swapped), 'leaf-open'],
  'children of a halving swapped': [(p) => withSteps(p, 'halve', swapped), ''],
  'a split moved to another neuron': [
    (p) => withStep(p, 'split', (s) => ({ ...s, element: (s.element + 1) % 4 })),
    '',
  ],
  'a split moved to another layer': [(p) => withStep(p, 'split', (s) => ({ ...s, site: 1 - s.site })), ''],
  'a split of an unknown layer': [(p) => withStep(p, 'split', (s) => ({ ...s, site: 7 })), 'site-unknown'],
  'a split of an unknown neuron': [
    (p) => withStep(p, 'split', (s) => ({ ...s, element: 99 })),
    'element-unknown',
  ],
  'a split at another point': [(p) => withStep(p, 'split', (s) => ({ ...s, point: 0.0625 })), ''],
  'a split beyond all values': [(p) => withStep(p, 'split', (s) => ({ ...s, point: 1e6 })), 'split-stable'],
  'a split at NaN': [(p) => withStep(p, 'split', (s) => ({ ...s, point: Number.NaN })), 'not-finite'],
  'a split at infinity': [(p) => withStep(p, 'split', (s) => ({ ...s, point: Infinity })), 'not-finite'],
  'a halving of another input': [
    (p) => withStep(p, 'halve', (s) => ({ ...s, input: (s.input + 1) % 3 })),
    '',
  ],
  'a halving of an unknown input': [
    (p) => withStep(p, 'halve', (s) => ({ ...s, input: 3 })),
    'input-unknown',
  ],
  'a halving at another value': [(p) => withStep(p, 'halve', (s) => ({ ...s, value: s.value + 0.1 })), ''],
  'a halving outside of the box': [(p) => withStep(p, 'halve', (s) => ({ ...s, value: -5 })), ''],
  'a halving at NaN': [(p) => withStep(p, 'halve', (s) => ({ ...s, value: Number.NaN })), 'not-finite'],
  'a leaf said to be empty': [(p) => withStep(p, 'leaf', () => ({ kind: 'empty' })), 'leaf-not-empty'],
  'everything said to be empty': [
    (p) => inTrees(p, (t) => t.map(() => [{ kind: 'empty' }])),
    'leaf-not-empty',
  ],
  'everything one leaf': [
    (p) =>
      inTrees(p, (t) => t.map(() => [{ kind: 'leaf', rows: [], changes: [], betas: new Float64Array() }])),
    'leaf-open',
  ],
  'an unknown row': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 1, weight: 1 }] })),
    'row-unknown',
  ],
  'a row of weight 0': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 0, weight: 0 }] })),
    'leaf-open',
  ],
  'a row of a weight below 0': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 0, weight: -1 }] })),
    'multiplier-range',
  ],
  'a row of an infinite weight': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 0, weight: Infinity }] })),
    'not-finite',
  ],
  'a row of weight NaN': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 0, weight: Number.NaN }] })),
    'not-finite',
  ],
  'a row of a huge weight': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 0, weight: 2 ** 127 }] })),
    '',
  ],
  'multipliers of an unknown layer': [
    (p) =>
      withStep(p, 'leaf', (s) => ({
        ...s,
        changes: [{ site: 2, elements: Uint32Array.of(0), alphas: Uint8Array.of(9) }],
      })),
    'site-unknown',
  ],
  'multipliers of an unknown neuron': [
    (p) =>
      withStep(p, 'leaf', (s) => ({
        ...s,
        changes: [{ site: 1, elements: Uint32Array.of(77), alphas: Uint8Array.of(9) }],
      })),
    'element-unknown',
  ],
  'bounds of an unknown neuron': [
    (p) => inSection(p, { kind: 'list', rows: [{ site: 0, element: 99, lower: [] }] }),
    'element-unknown',
  ],
  'bounds of an unknown layer': [
    (p) => inSection(p, { kind: 'list', rows: [{ site: 9, element: 0, lower: [] }] }),
    'site-unknown',
  ],
  'bounds left out': [(p) => inSection(p, { kind: 'none' }), ''],
  'bounds of cases left out': [
    (p) => inTrees(p, (t) => t.map((steps) => steps.filter(({ kind }) => kind !== 'bounds'))),
    '',
  ],
  'no set': [(p) => inBytes(p, ([, ...rest]) => [0, ...rest]), 'sets-differ'],
  'a set too many': [(p) => inBytes(p, ([, ...rest]) => [2, ...rest]), 'sets-differ'],
  'a huge count of sets': [
    (p) => inBytes(p, ([, ...rest]) => [255, 255, 255, 255, 15, ...rest]),
    'sets-differ',
  ],
  'a huge count of multipliers': [
    (p) => inBytes(p, (b) => [...b.slice(0, 3), 1, 255, 255, 255, 255, 15]),
    'count-too-large',
  ],
  'an unknown step': [(p) => inBytes(p, (b) => [...b.slice(0, 3), 77, ...b.slice(3)]), 'step-malformed'],
  'a byte too many': [(p) => inBytes(p, (b) => [...b, 0]), 'trailing-bytes'],
  'a byte behind the file': [(p) => inFile(p, (b) => Uint8Array.from([...b, 0])), 'trailing-bytes'],
  'a byte too few': [(p) => inFile(p, (b) => b.slice(0, -1)), 'truncated'],
  'half of the file': [(p) => inFile(p, (b) => b.slice(0, b.length / 2)), 'not-a-certificate,truncated'],
  'no file': [(p) => inFile(p, () => new Uint8Array()), 'truncated'],
  'the model in its place': [(p) => inFile(p, () => p.model), 'not-a-certificate,truncated'],
  'the model cut off': [async (p) => withHash({ ...p, model: p.model.slice(0, -20) }), 'model-malformed'],
  'a relu of another kind': [
    async (p) =>
      withHash({
        ...p,
        model: new Uint8Array(
          Buffer.from(Buffer.from(p.model).toString('latin1').replace('Relu', 'Gelu'), 'latin1'),
        ),
      }),
    'operator-unknown',
  ],
};
export const ofVnnlib: Record<string, readonly [Mutation, string]> = {
  'another text': [(p) => ({ ...p, vnnlib: twoBoxes(0.9) }), 'property-hash'],
  'a blank more in the text': [(p) => ({ ...p, vnnlib: `${p.vnnlib} ` }), 'property-hash'],
  'no text': [({ vnnlib: _, ...p }) => p, 'property-hash'],
  'another text, and its hash': [
    async (p) =>
      inMetadata({ ...p, vnnlib: twoBoxes(0.4, -4) }, { property: await vnnlibFields(twoBoxes(0.4, -4)) }),
    'leaf-open',
  ],
  'a text that is none, and its hash': [
    async (p) => inMetadata({ ...p, vnnlib: '(' }, { property: await vnnlibFields('(') }),
    'property-malformed,property-unknown',
  ],
  'a set dropped': [(p) => inSets(p, (sets) => sets.slice(1)), 'sets-differ'],
  'a set doubled': [(p) => inSets(p, (sets) => [...sets, sets[0]]), 'sets-differ'],
  'a row of the other conjunction': [
    (p) =>
      inTrees(p, (t) =>
        t.map((steps) => steps.map((s) => (s.kind === 'leaf' ? { ...s, rows: [{ row: 1, weight: 1 }] } : s))),
      ),
    '',
  ],
  'a tensor too many': [
    (p) => ({ ...p, tensors: new Map([['image', { shape: [1], values: Float64Array.of(1) }]]) }),
    'property-fields',
  ],
  'a row of weight 0': [
    (p) => withStep(p, 'leaf', (s) => ({ ...s, rows: [{ row: 0, weight: 0 }] })),
    'leaf-open',
  ],
};
