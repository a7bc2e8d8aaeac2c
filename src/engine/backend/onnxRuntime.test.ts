import { afterAll, describe, expect, it } from 'vitest';
import { conv2d } from '../../tensor/index.ts';
import { primitiveCases } from '../../tensor/primitives/cases.testing.ts';
import { float32, type Tensor } from '../../tensor/tensor.ts';
import { trace } from '../../tensor/trace.ts';
import { verifyBlockedLayout } from './blockedLayout.ts';
import { blockSize } from './lower/blocked.ts';
import { lowerProgram } from './lower/lowerProgram.ts';
import { lowerings } from './lower/table.ts';
import { onnxRuntime } from './onnxRuntime.ts';
import { closeSessions } from './session.ts';
import { describeBackend } from './suite.testing.ts';

afterAll(closeSessions);

describeBackend('ONNX Runtime', onnxRuntime);

describe('lowerings', () => {
  it('are all covered by the suite', () => {
    const covered = new Set(primitiveCases.map((test) => test.op));
    expect(Object.keys(lowerings).filter((op) => !covered.has(op as never))).toEqual([]);
  });

  it('use the blocked layout of the processor for weights that are no constants', async () => {
    const { program } = trace(
      ([x, w]: readonly Tensor[]) => conv2d(x, w),
      [float32([1, 16, 4, 4]), float32([16, 16, 3, 3])],
    );
    expect(lowerProgram(program, 16).usesBlocked).toBe(true);
    expect(lowerProgram(program).usesBlocked).toBe(false);
    expect(await verifyBlockedLayout()).toBe(true);
    expect([0, 16]).toContain(blockSize());
  });
});
