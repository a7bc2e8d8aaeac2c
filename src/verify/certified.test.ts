import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { check } from '../check/check.ts';
import { createRng, type Rng } from '../data/rng.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { milpBound } from './exact/milp.ts';
import {
  perceptron,
  randomNetwork,
  randomNumbers,
  type Architecture,
} from './exact/randomNetwork.testing.ts';
import { refuteAll, type RefuteOptions } from './files/refuteAll.ts';
import { boxStatement } from './files/statements.ts';
import { openNetwork } from './files/subject.ts';
import { mapInputs } from './prepare.ts';
import type { Specification } from './specification.ts';

const folder = mkdtempSync(join(tmpdir(), 'certify-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const none = { restarts: 0, steps: 1, relativeStep: 1 };
const asked: RefuteOptions = { cheapAttack: none, strongAttack: none, inputSplit: false, certify: 'always' };

/** A network, a box, and the exact minimum of a margin there. */
async function question(given: NumberedNetwork, radius: number, rng: Rng) {
  const opened = await openNetwork(given, { threads: 1 });
  const { prepared } = opened.tools;
  const size = given.network.inputShape.reduce((a, b) => a * b, 1);
  const center = Float64Array.from({ length: size }, () => Math.fround(rng.uniform(-1, 1)));
  const box = { lower: center.map((v) => v - radius), upper: center.map((v) => v + radius) };
  const coefficients = new Float64Array(opened.outputShape.at(-1)!);
  [coefficients[0], coefficients[1]] = [1, -1];
  const set = mapInputs(prepared.inputMap, box);
  const exact = await milpBound(prepared.bounded, set, {}, { coefficients, bound: 0 });
  if (exact.kind !== 'optimal') throw new Error(exact.kind);
  const below = (distance: number, shrunk = 0): Specification => ({
    lower: box.lower.map((v) => v + shrunk),
    upper: box.upper.map((v) => v - shrunk),
    unsafe: [[{ coefficients, bound: exact.lower - distance }]],
  });
  return { tools: opened.tools, below };
}

const deep = (rng: Rng): NumberedNetwork => {
  const network = perceptron([3, 8, 8, 3]);
  return { network, numbers: randomNumbers(network, rng) };
};

describe('a proof that was found', () => {
  const kinds: readonly (Architecture | 'mlp')[] = ['mlp', 'residual', 'convResidual', 'pooled', 'leaky'];
  it.each(kinds)('is confirmed, written down and checked again: %s', async (kind) => {
    const rng = createRng(`certify ${kind}`);
    const given = kind === 'mlp' ? deep(rng) : randomNetwork(kind, rng);
    const { tools, below } = await question(
      given,
      kind.startsWith('conv') || kind === 'pooled' ? 0.2 : 0.5,
      rng,
    );
    const spec = below(0.01);
    const certificate = join(folder, `${kind}.safetensors`);
    const result = await refuteAll(tools, [spec], { ...asked, certificate, statement: boxStatement(spec) });
    expect(result).toMatchObject({ verdict: { kind: 'verified' }, checked: 'yes', arithmetic: 'float32' });
    const report = await check(readFileSync(certificate), readFileSync(join(folder, 'model.onnx')));
    expect(report).toMatchObject({ result: 'proved', arithmetic: { real: true, float: 'float32' } });
    rmSync(join(folder, 'model.onnx'));
  });

  it('by halving inputs is confirmed too', async () => {
    const { tools, below } = await question(deep(createRng('halves')), 0.5, createRng('box of halves'));
    const spec = below(0.05);
    const result = await refuteAll(tools, [spec], {
      ...asked,
      inputSplit: true,
      statement: boxStatement(spec),
    });
    expect(result).toMatchObject({ verdict: { by: 'input-split' }, checked: 'yes' });
  });
});

describe('a prover made wrong', () => {
  it('by a bound, a box or a weight is not believed', async () => {
    const rng = createRng('wrong');
    const given = deep(rng);
    const { tools, below } = await question(given, 0.5, rng);
    const right = below(0.01);
    const verdictOf = async (own: Specification, statement: Specification, by = tools) =>
      (await refuteAll(by, [own], { ...asked, statement: boxStatement(statement) })).verdict;
    expect(await verdictOf(right, right)).toMatchObject({ kind: 'verified' });
    // It proves less than is claimed: by 1e-4 beyond the true minimum where its leaves close 0.02 before, or on a smaller box.
    expect(await verdictOf(below(0.02), below(-1e-4))).toEqual({ kind: 'unknown', why: 'numerical' });
    expect(await verdictOf(below(-1e-4, 0.05), below(-1e-4))).toEqual({ kind: 'unknown', why: 'numerical' });
    // It bounds another network.
    const numbers = Object.fromEntries(
      Object.entries(given.numbers).map(([key, values]) => [key, values.map((v) => v * 1.0005)]),
    );
    const other = await question({ ...given, numbers }, 0.5, createRng('wrong'));
    const mixed = { ...other.tools, prepared: { ...other.tools.prepared, file: tools.prepared.file } };
    const narrow = other.below(0.02);
    expect(await verdictOf(narrow, below(-1e-4), mixed)).toEqual({ kind: 'unknown', why: 'numerical' });
  });
});
