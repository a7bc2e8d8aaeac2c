import { env } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import type { Answered } from '../exam/family.ts';
import { judgeMutant } from './onnxMutants.ts';

it('no mutant of a model is read as another network than ONNX Runtime reads', async () => {
  env.logLevel = 'fatal';
  const wrong: Answered[] = [];
  let right = 0;
  const end = performance.now() + 20_000;
  for (let seed = 0; seed < 300 && performance.now() < end; seed++) {
    const answer = await judgeMutant(seed);
    if (answer.outcome === 'right') right++;
    if (answer.outcome === 'wrong') wrong.push(answer);
  }
  expect(wrong).toEqual([]);
  expect(right).toBeGreaterThan(5);
}, 60_000);
