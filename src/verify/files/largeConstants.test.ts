import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { testModel, type TestGraph } from '../../nn/import/graph.testing.ts';
import { taskAnswerer } from './answerTask.ts';

const folder = mkdtempSync(join(tmpdir(), 'certprune-large-'));
let made = 0;

/** Is y_0 ≥ 0.6, and ≤ 0.4, for x in [0, 0.5]²? */
async function answersOf(build: (g: TestGraph) => string): Promise<string[]> {
  const onnx = join(folder, `${made}.onnx`);
  writeFileSync(onnx, encodeModel(testModel([1, 2], build)));
  const { answer } = taskAnswerer();
  const results: string[] = [];
  for (const unsafe of ['(>= Y_0 0.6)', '(<= Y_0 0.4)']) {
    const path = join(folder, `${made++}.vnnlib`);
    const inputs = ['X_0', 'X_1'].map(
      (x) => `(declare-const ${x} Real)(assert (>= ${x} 0))(assert (<= ${x} 0.5))`,
    );
    writeFileSync(
      path,
      `${inputs.join('')}(declare-const Y_0 Real)(declare-const Y_1 Real)(assert ${unsafe})`,
    );
    const found = await answer({
      subject: { kind: 'onnx', path: onnx },
      question: { kind: 'vnnlib', path },
      limits: { timeoutSeconds: 60, threads: 1 },
    });
    results.push(found.message ?? found.result);
  }
  return results;
}

const bounds = [1e6, 1e8, 1e12, 1e29, 1e31, 3e38];

it.each(bounds)('bounds of ±%s that are out of reach lose nothing', async (c) => {
  const clip = (g: TestGraph) => g.node('Clip', ['x', g.floats([], [-c]), g.floats([], [c])]);
  const max = (g: TestGraph) =>
    g.node('Max', [g.node('Min', ['x', g.floats([2], [c, 1])]), g.floats([2], [-c, -1e7])]);
  expect(await answersOf(clip)).toEqual(['unsat', 'sat']);
  expect(await answersOf(max)).toEqual(['unsat', 'sat']);
});

it('bounds that are in reach bound', async () => {
  const scaled = (g: TestGraph) => {
    const large = g.node('Mul', ['x', g.floats([], [1e30])]);
    return g.node('Mul', [g.node('Clip', [large, '', g.floats([], [3e29])]), g.floats([], [2e-30])]);
  };
  expect(await answersOf(scaled)).toEqual(['sat', 'sat']);
  const low = (g: TestGraph) => {
    const large = g.node('Mul', ['x', g.floats([], [1e30])]);
    return g.node('Mul', [g.node('Clip', [large, '', g.floats([], [2.5e29])]), g.floats([], [2e-30])]);
  };
  expect(await answersOf(low)).toEqual(['unsat', 'sat']);
});
