/** @file Exam: every operation and every attribute value of the importer, in odd shapes, against ONNX Runtime. */
import { InferenceSession, Tensor, env } from 'onnxruntime-node';
import type { Rng } from '../../src/data/rng.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import { UserError } from '../../src/formats/userError.ts';
import { evaluateNetwork } from '../../src/nn/evaluate.testing.ts';
import { testModel } from '../../src/nn/import/graph.testing.ts';
import { importOnnxBytes } from '../../src/nn/import/importOnnx.ts';
import { operators } from '../../src/nn/import/operators.ts';
import type { Answered, ExamFamily, Sitting } from './family.ts';
import { operatorQuestions } from './operatorQuestions.ts';
import { bounds } from './operators/elementwise.ts';
import type { Attributes, Setting } from './operators/question.ts';

/** Operator sets in which the meaning of operations changed; ONNX Runtime knows all of them. */
const opsets = [7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 18, 19, 21];

/** One node to ask about: an operation, some of its attributes, an operator set that has them. */
interface Asked {
  readonly opType: string;
  readonly attributes: Attributes;
  readonly opset: number;
}

/** Values of an attribute that are tried: all that there are, or those that the questions name. */
function valuesOf(opType: string, name: string): Attributes[string][] {
  const rule = operators[opType].attributes[name];
  return [...(rule.values ?? operatorQuestions[opType]?.values?.[name] ?? [])];
}

const opsetsOf = (opType: string, name?: string): number[] => {
  const rule = name === undefined ? undefined : operators[opType].attributes[name];
  return opsets.filter((v) => v >= (rule?.since ?? 0) && v <= (rule?.until ?? Infinity));
};

/** Every attribute value alone, each operation without attributes, and `more` mixtures of two and three. */
function* nodesToAsk(rng: Rng, more: number): Generator<Asked> {
  const pick = <T>(list: readonly T[]): T => list[rng.integer(list.length)];
  for (const opType of Object.keys(operators)) {
    const names = Object.keys(operators[opType].attributes).filter(
      (name) => valuesOf(opType, name).length > 0,
    );
    yield { opType, attributes: {}, opset: pick(opsetsOf(opType)) };
    yield { opType, attributes: {}, opset: 17 };
    for (const name of names)
      for (const value of valuesOf(opType, name))
        yield { opType, attributes: { [name]: value }, opset: pick(opsetsOf(opType, name)) };
    for (let k = 0; k < more; k++) {
      const opset = pick(opsets);
      const chosen = names.filter((name) => opsetsOf(opType, name).includes(opset) && rng.next() < 0.5);
      yield {
        opType,
        attributes: Object.fromEntries(chosen.map((name) => [name, pick(valuesOf(opType, name))])),
        opset,
      };
    }
  }
}

const run = async (
  session: InferenceSession,
  x: Float32Array,
  dims: readonly number[],
): Promise<number[]> => {
  const results = await session.run({ x: new Tensor('float32', x, dims) });
  return Array.from(results['y'].data as Float32Array);
};

/** Sizes of inputs, and the constants that Max, Min and Clip are asked about. */
const magnitudes = [1, 1e-3, 30, 3000, 1e7, 1e13];

function inputs(size: number, count: number, rng: Rng): Float32Array[] {
  const finite = bounds.filter(Number.isFinite);
  return Array.from({ length: count }, (_, k) =>
    Float32Array.from({ length: size }, () =>
      k % 3 === 2
        ? finite[rng.integer(finite.length)] * (0.5 + rng.next() / 2)
        : (2 * rng.next() - 1) * magnitudes[k % magnitudes.length],
    ),
  );
}

/** What f32 may lose of sums of several terms of one size. */
const tolerance = 2e-5;
/** What the interpreter's f64 may lose of an input beside a bound: max(x, c) is x + relu(c − x) there. */
const beside = 2 ** -48;
/** Sums may cancel: what f32 loses of their terms. */
const ofTerms = 2 ** -22;
const summing = /^Add|^Sub|^Sum|Reduce|Gemm|MatMul|Conv|Average/;

/** The first place where two lists of numbers differ; numbers that overflowed are not compared. */
function differenceOf(
  x: Float32Array,
  wanted: readonly number[],
  found: ArrayLike<number>,
  lost: number,
): string | undefined {
  if (wanted.length !== found.length) return `${found.length} numbers instead of ${wanted.length}`;
  if (!wanted.every(Number.isFinite)) return undefined;
  const scale = wanted.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const own = (k: number): number =>
    x.length === wanted.length ? Math.abs(x[k]) : Math.max(...x.map(Math.abs));
  const allowed = (k: number): number => tolerance * scale + lost * own(k) + 1e-37;
  const i = wanted.findIndex((v, k) => !(Math.abs(v - found[k]) <= allowed(k)));
  return i < 0 ? undefined : `element ${i} is ${found[i]}, in ONNX Runtime ${wanted[i]}`;
}

async function answer({ opType, attributes, opset }: Asked, rng: Rng, points: number): Promise<Answered> {
  const question = `${opType} ${JSON.stringify(attributes)} in operator set ${opset}, ${rng
    .fork('name')
    .integer(2 ** 32)
    .toString(16)}`;
  const setting: Setting = {
    rng,
    opset,
    attributes,
    pick: (list) => list[rng.integer(list.length)],
    between: (low, high) => low + rng.integer(high - low + 1),
  };
  const { dims, build } = operatorQuestions[opType].ask(setting);
  const bytes = encodeModel(testModel(dims, build, { opset, seed: rng.integer(2 ** 31) }));
  const sessions: InferenceSession[] = [];
  try {
    for (const graphOptimizationLevel of ['disabled', 'all'] as const)
      sessions.push(
        await InferenceSession.create(bytes, {
          graphOptimizationLevel,
          intraOpNumThreads: 1,
          logSeverityLevel: 4,
        }),
      );
  } catch {
    return { question, outcome: 'refused', detail: 'no legal graph' };
  }
  try {
    const imported = importOnnxBytes(bytes);
    const size = dims.reduce((a, b) => a * b, 1);
    for (const x of inputs(size, points, rng)) {
      const found = evaluateNetwork(imported.network, imported.numbers, x);
      for (const session of sessions) {
        const wanted = await run(session, x, dims).catch(() => undefined);
        if (wanted === undefined) return { question, outcome: 'refused', detail: 'no legal graph' };
        const difference = differenceOf(x, wanted, found, summing.test(opType) ? ofTerms : beside);
        if (difference)
          return { question, outcome: 'wrong', detail: `[${[...x].slice(0, 6).join()}]: ${difference}` };
      }
    }
    return { question, outcome: 'right' };
  } catch (error) {
    const said = error instanceof UserError ? 'refused' : 'wrong';
    return { question, outcome: said, detail: (error as Error).message };
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** Operations and attributes of the importer that nobody asks about. */
function unasked(): string[] {
  return Object.keys(operators).flatMap((opType) => {
    if (!operatorQuestions[opType]) return [opType];
    return Object.keys(operators[opType].attributes)
      .filter((name) => valuesOf(opType, name).length === 0)
      .map((name) => `${opType}.${name}`);
  });
}

async function sit({ size, rng, signal, answered }: Sitting): Promise<void> {
  env.logLevel = 'fatal';
  for (const name of unasked())
    answered({
      question: name,
      outcome: 'wrong',
      detail: 'the importer knows it, and no question asks about it',
    });
  const [more, points] = size === 'full' ? [60, 9] : [1, 6];
  let k = 0;
  for (const asked of nodesToAsk(rng.fork('nodes'), more)) {
    if (signal.aborted) return;
    if (operatorQuestions[asked.opType]) answered(await answer(asked, rng.fork(`${k++}`), points));
  }
}

export const onnxOperators: ExamFamily = {
  name: 'ONNX operators',
  asks:
    'Every operation and every attribute value that the importer knows, in odd shapes, operator sets and types, at inputs of ' +
    'many magnitudes: does the imported network compute what the model does? A new operation without questions fails.',
  truth: 'ONNX Runtime on the same bytes, its optimisations off and on.',
  leastRight: { small: 200, full: 3000 },
  sit,
};
