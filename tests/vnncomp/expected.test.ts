/** @file Verdicts on published instances against those of the established tools: quick ones, short limits. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCounterexample } from '../../src/formats/vnnlib/property.ts';
import { readVnnlib } from '../../src/formats/vnnlib/read.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { taskAnswerer } from '../../src/verify/files/answerTask.ts';
import { readInstances } from '../../src/verify/files/instances.ts';

/** Solved in a few seconds each; the rest is for bench/verify.ts. */
const chosen: Readonly<Record<string, (index: number) => boolean>> = {
  test: () => true,
  rl_benchmarks: () => true,
  mnist_fc: (index) => index < 4 || index === 6,
  mnistfc_2021: (index) => index === 0,
  cifar10_resnet_2021: (index) => index === 0,
};

const root = sharedPath('vnncomp');

describe.skipIf(root === undefined)('published instances', () => {
  const answerer = taskAnswerer();
  for (const [benchmark, picks] of Object.entries(chosen)) {
    const instances =
      root === undefined
        ? []
        : readInstances(join(root, benchmark, 'instances.csv'), join(root, 'expected.csv'));
    it.each(instances.filter((_, index) => picks(index)))(
      `${benchmark}: $onnx $vnnlib is $expected`,
      async ({ onnxPath, vnnlibPath, expected }) => {
        const { result, witness, message } = await answerer.answer({
          subject: { kind: 'onnx', path: onnxPath },
          question: { kind: 'vnnlib', path: vnnlibPath },
          limits: { timeoutSeconds: 40 },
        });
        expect({ result, message }).toEqual({ result: expected, message: undefined });
        if (witness)
          expect(isCounterexample(readVnnlib(vnnlibPath), witness.input, witness.outputs)).toBe(true);
      },
      60_000,
    );
  }
});
