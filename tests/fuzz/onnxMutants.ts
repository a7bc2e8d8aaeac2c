/** @file ONNX files with one or a few faults of structure, and whether those that are accepted are read as ONNX Runtime reads them. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createRng, type Rng } from '../../src/data/rng.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import type { OnnxModel } from '../../src/formats/onnx/model.ts';
import { UserError } from '../../src/formats/userError.ts';
import { evaluateNetwork } from '../../src/nn/evaluate.testing.ts';
import { testModel } from '../../src/nn/import/graph.testing.ts';
import { importOnnxBytes } from '../../src/nn/import/importOnnx.ts';
import { checkImportedFile } from '../../src/nn/import/runners.ts';
import type { Answered } from '../exam/family.ts';
import { parseTree, writeTree, type Field } from './protobufTree.ts';

/** Small models that use many kinds of fields: the same every time. */
const models: readonly OnnxModel[] = [
  testModel([1, 4], (g) => {
    const hidden = g.node('Relu', [
      g.node('Gemm', ['x', g.floats([4, 4]), g.floats([4])], { alpha: { float: 0.5 } }),
    ]);
    return g.node(
      'Gemm',
      [g.node('Clip', [hidden, g.floats([], [-0.5]), g.floats([], [0.7])]), g.floats([2, 4])],
      { transB: 1 },
    );
  }),
  testModel([1, 2, 4, 4], (g) => {
    const first = g.node('Conv', ['x', g.floats([2, 2, 3, 3]), g.floats([2])], {
      strides: [1, 1],
      pads: [1, 1, 1, 1],
    });
    const pooled = g.node('MaxPool', [g.node('LeakyRelu', [first], { alpha: { float: 0.25 } })], {
      kernel_shape: [2, 2],
      strides: [2, 2],
    });
    const flat = g.node('Reshape', [g.node('Transpose', [pooled], { perm: [0, 2, 3, 1] }), g.ints([1, -1])]);
    return g.node('MatMul', [flat, g.floats([8, 2])]);
  }),
  testModel([1, 6], (g) => {
    const half = g.node('Slice', ['x', g.ints([0]), g.ints([4]), g.ints([1])]);
    const k = g.node('Cast', [g.node('Div', [g.ints([7, 5, -3, 2]), g.ints([2])])], { to: 1 });
    const moved = g.node('Max', [g.node('Mul', [half, k]), g.floats([4], [-1, 0, 0.5, -2])]);
    const mean = g.node('ReduceMean', [moved], { axes: [1], keepdims: 1 });
    return g.node(
      'Concat',
      [g.node('Sub', [moved, mean]), g.node('Gather', ['x', g.ints([5, 4])], { axis: 1 })],
      { axis: 1 },
    );
  }),
];

const trees = models.map((model) => writeTree(parseTree(encodeModel(model))));

/** All lists of fields in a tree, each with the kind of message that they make. */
function* lists(fields: Field[], kind: string): Generator<{ kind: string; fields: Field[] }> {
  yield { kind, fields };
  for (const field of fields) if (field.kind !== '') yield* lists(field.fields, field.kind);
}

const numbersTried = [0n, 1n, -1n, 2n, 3n, 5n, 6n, 7n, 9n, 10n, 11n, 16n, 2n ** 31n, 2n ** 62n];

const copyOf = (field: Field): Field => ({
  ...field,
  bytes: field.bytes.slice(),
  fields: field.fields.map(copyOf),
});

/** Another content for a field of its own kind. */
function altered(field: Field, rng: Rng): void {
  if (field.kind !== '') return;
  if (field.wire !== 2) {
    field.value =
      rng.next() < 0.5
        ? numbersTried[rng.integer(numbersTried.length)]
        : field.value + BigInt(rng.integer(5) - 2);
    return;
  }
  if (field.bytes.length === 0) return;
  const at = rng.integer(field.bytes.length);
  field.bytes[at] = rng.next() < 0.5 ? field.bytes[at] ^ (1 << rng.integer(8)) : rng.integer(256);
}

/** One fault of structure. */
function damage(root: Field[], rng: Rng): void {
  const places = [...lists(root, 'model')].filter(({ fields }) => fields.length > 0);
  const { kind, fields } = places[rng.integer(places.length)];
  const at = rng.integer(fields.length);
  const field = fields[at];
  const same = places.filter((place) => place.kind === kind);
  const other = same[rng.integer(same.length)].fields;
  switch (rng.integer(8)) {
    case 0:
      fields.splice(rng.integer(fields.length + 1), 0, copyOf(field));
      break;
    case 1: {
      const twin = copyOf(field);
      altered(twin, rng);
      fields.splice(rng.integer(fields.length + 1), 0, twin);
      break;
    }
    case 2:
      fields.splice(at, 1);
      break;
    case 3:
      field.wire = [0, 1, 2, 5][rng.integer(4)];
      break;
    case 4: {
      const partner = rng.integer(fields.length);
      [fields[at], fields[partner]] = [fields[partner], fields[at]];
      break;
    }
    case 5: {
      // Two messages of one kind change a field: names, numbers, edges.
      const theirs = other.findIndex((f) => f.number === field.number);
      if (theirs >= 0) [fields[at], other[theirs]] = [other[theirs], fields[at]];
      break;
    }
    case 6:
      other.push(copyOf(field));
      break;
    default:
      altered(field, rng);
  }
}

/** The bytes of a mutant. */
export function mutantOf(seed: number): Uint8Array {
  const rng = createRng(`mutant ${seed}`);
  const root = parseTree(trees[rng.integer(trees.length)]);
  const faults = 1 + rng.integer(2);
  for (let k = 0; k < faults; k++) damage(root, rng);
  return writeTree(root);
}

/** What f32 may lose in networks as small as these. */
const tolerance = 1e-4;

async function compare(bytes: Uint8Array, rng: Rng, points: number): Promise<string | undefined> {
  const imported = importOnnxBytes(bytes);
  const size = imported.input.shape.reduce((a, b) => a * b, 1);
  const box = { lower: new Float64Array(size).fill(-3), upper: new Float64Array(size).fill(3) };
  await checkImportedFile(imported, rng.fork('check'), { boxes: [box] });
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 }).catch(
    (error: Error) => {
      throw new UserError(`ONNX Runtime refuses it: ${error.message}`);
    },
  );
  try {
    for (let k = 0; k < points; k++) {
      const x = Float32Array.from({ length: size }, () =>
        k % 3 === 0 ? Math.sign(rng.next() - 0.5) * 3 : 6 * rng.next() - 3,
      );
      const results = await session.run({
        [imported.input.name]: new Tensor('float32', x, imported.input.shape),
      });
      const wanted = Array.from(results[imported.output.name].data as Float32Array);
      const found = evaluateNetwork(imported.network, imported.numbers, x);
      const scale = Math.max(1e-6, ...wanted.map(Math.abs));
      const i = wanted.findIndex((v, j) => !(Math.abs(v - found[j]) <= tolerance * scale));
      if (i >= 0 || wanted.length !== found.length)
        return `at [${x.join()}] output ${i} is ${found[i]}, in ONNX Runtime ${wanted[i]}`;
    }
  } finally {
    await session.release();
  }
  return undefined;
}

/** Reads a mutant as the tool does, and compares with ONNX Runtime over the box [−3, 3] where it is accepted. */
export async function judgeMutant(seed: number, points = 24): Promise<Answered> {
  const question = `mutant ${seed}`;
  try {
    const detail = await compare(mutantOf(seed), createRng(seed), points);
    return detail === undefined ? { question, outcome: 'right' } : { question, outcome: 'wrong', detail };
  } catch (error) {
    const { message, stack } = error as Error;
    return error instanceof UserError
      ? { question, outcome: 'refused', detail: message }
      : { question, outcome: 'wrong', detail: stack ?? message };
  }
}
