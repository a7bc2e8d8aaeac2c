import { afterAll, describe, expect, it } from 'vitest';
import { add } from '../tensor/operations/index.ts';
import { float32 } from '../tensor/tensor.ts';
import { trace } from '../tensor/trace.ts';
import { lowerProgram } from './backend/lower/lowerProgram.ts';
import { hostTensor } from './hostTensor.ts';
import { openPlainModel } from './replay.ts';
import { closeSessions } from './backend/session.ts';

afterAll(closeSessions);

const { bytes } = lowerProgram(trace(({ x }) => ({ y: add(x, 1) }), { x: float32([2]) }).program);

describe('replay', () => {
  it('runs a model by its own names', async () => {
    const value = hostTensor(Float32Array.of(1, 2));
    const model = await openPlainModel(bytes, { threads: 1 });
    expect(await model.run({ 'in/x': value })).toEqual({ 'out/y': hostTensor(Float32Array.of(2, 3)) });
  });

  it('explains what went wrong', async () => {
    await expect(openPlainModel('no/such.onnx')).rejects.toThrow('Cannot read the model no/such.onnx');
    const model = await openPlainModel(bytes, { threads: 1 }, 'net.onnx');
    const value = hostTensor(Float32Array.of(1, 2, 3));
    await expect(model.run({ 'in/x': value })).rejects.toThrow('ONNX Runtime cannot run net.onnx');
  });
});
