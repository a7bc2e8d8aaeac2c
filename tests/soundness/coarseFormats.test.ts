/** What a format may make of constants, of values that are scaled behind a sum, and of inputs: never more than is allowed for. */
import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import type { Arithmetic } from '../../src/check/contracts.ts';
import { CheckFailure } from '../../src/check/failure.ts';
import { sha256 } from '../../src/check/certificate/sha256.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import type { InputSet } from '../../src/check/property/property.ts';
import { openCheck } from '../../src/check/session.ts';
import { headBytes, sectionBytes, stepBytes, varint } from '../../src/certify/encode.ts';
import { createRng } from '../../src/data/rng.ts';
import { float, modelBytes, node, type ModelParts } from '../check/models.testing.ts';

const bytesOfModel = (parts: ModelParts): Uint8Array => modelBytes(parts, createRng(1));

/** The lower bound of the one output over a set: a leaf with the row y ≤ 0. */
function leastOf(parts: ModelParts, set: Omit<InputSet, 'unsafe'>, arithmetic: Arithmetic, exact = false) {
  const graph = compileGraph(readModel(bytesOfModel(parts)));
  const asked = { ...set, unsafe: [[{ coefficients: Float64Array.of(1), bound: 0 }]] };
  const session = openCheck(graph, asked, arithmetic, { exact });
  const path = session.derive(session.root, { kind: 'none' });
  const proof = { rows: [], changes: [], betas: new Float64Array() };
  return session.leaves([{ path, conjunction: 0, proof }])[0];
}

const scalar = (value: number) => ({ values: [value], dims: [] });
const at = (...x: number[]) => ({ lower: Float64Array.from(x), upper: Float64Array.from(x) });

describe('half precision has no statement', () => {
  const cases: readonly (readonly [string, ModelParts, number, boolean])[] = [
    [
      'where a sum overflows before it is scaled',
      {
        input: [1, 1],
        constants: { w: { values: [1000], dims: [1, 1] } },
        nodes: [node('Gemm', ['x', 'w'], ['y'], { alpha: float(2 ** -7) })],
      },
      100,
      true,
    ],
    [
      'where a divisor may be flushed to 0',
      { input: [1], constants: { c: scalar(2 ** -15) }, nodes: [node('Div', ['x', 'c'], ['y'])] },
      0.5,
      true,
    ],
    [
      'where a divisor is beyond it',
      { input: [1], constants: { c: scalar(70_000) }, nodes: [node('Div', ['x', 'c'], ['y'])] },
      60_000,
      false,
    ],
    [
      'where a constant beyond it is reached',
      { input: [1], constants: { c: scalar(1e6) }, nodes: [node('Max', ['x', 'c'], ['y'])] },
      1,
      true,
    ],
  ];
  it.each(cases)('%s', (_name, parts, x, flush) => {
    for (const exact of [false, true]) {
      expect(() => leastOf(parts, at(x), { float: 'float16', flush }, exact)).toThrow(CheckFailure);
      expect(leastOf(parts, at(x), { float: 'float32', flush }, exact)).toBeGreaterThan(0);
    }
  });
});

describe('inputs that are rounded to a format', () => {
  const same: ModelParts = { input: [1, 1], nodes: [node('Relu', ['x'], ['y'])] };
  const center = Float64Array.of(Math.fround(0.1));
  // Below 0.1, the nearest bfloat16 numbers are 2^-11 apart.
  const rounded = 0.099609375;
  it.each(['l1', 'l2'] as const)('leave an %s ball by no more than is allowed for', (norm) => {
    const set = {
      lower: Float64Array.of(0.09),
      upper: Float64Array.of(0.11),
      ball: { norm, center, radius: 1e-4 },
    };
    expect(leastOf(same, set, { float: 'bfloat16', flush: true })).toBeLessThanOrEqual(rounded);
    expect(leastOf(same, set, { float: 'none', flush: true })).toBeGreaterThan(0.0998);
  });
});

it('of a machine that does not flush, nothing is said but the reals', async () => {
  const model = bytesOfModel({
    input: [1, 1],
    constants: { w: { values: [1], dims: [1, 1] } },
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
  });
  const sha = await sha256(model);
  for (const flush of [true, false]) {
    const tensors = new Map([
      ['lower', { shape: [1], values: Float64Array.of(1) }],
      ['upper', { shape: [1], values: Float64Array.of(2) }],
      ['rows', { shape: [1, 1], values: Float64Array.of(1) }],
      ['bounds', { shape: [1], values: Float64Array.of(0) }],
    ]);
    const steps = [
      Uint8Array.from(varint(1)),
      sectionBytes({ kind: 'none' }),
      stepBytes({ kind: 'leaf', rows: [], changes: [], betas: new Float64Array() }),
    ];
    const length = steps.reduce((sum, { length: own }) => sum + own, 0);
    const head = headBytes(
      {
        format: 'certprune-certificate',
        version: 1,
        tool: 'a test',
        statement: '',
        model: { sha256: sha },
        property: { kind: 'box', conjunctions: [1] },
        arithmetic: { float: 'float32', flush },
      },
      tensors,
      length,
    );
    const report = await check(Uint8Array.from([head, ...steps].flatMap((piece) => [...piece])), model);
    expect(report).toMatchObject({
      result: 'proved',
      arithmetic: { real: true, float: flush ? 'float32' : 'none' },
    });
  }
});
