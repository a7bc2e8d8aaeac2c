import { afterAll, describe, expect, it } from 'vitest';
import { add } from '../tensor/operations/index.ts';
import { float32 } from '../tensor/tensor.ts';
import { compile } from './compile.ts';
import { hostTensor } from './hostTensor.ts';
import { openPlainModel, runPlainModel } from './replay.ts';
import { closeSessions } from './session.ts';

afterAll(closeSessions);

const { bytes } = compile(({ x }) => ({ y: add(x, 1) }), { x: float32([2]) }).model;

describe('replay', () => {
  it('runs a model by its own names', async () => {
    const value = hostTensor(Float32Array.of(1, 2));
    const first = await runPlainModel(bytes, { name: 'in/x', value }, { threads: 1 });
    expect([...first.data]).toEqual([2, 3]);
  });

  it('explains what went wrong', async () => {
    await expect(openPlainModel('no/such.onnx')).rejects.toThrow('Cannot read the model no/such.onnx');
    const model = await openPlainModel(bytes, { threads: 1 }, 'net.onnx');
    const value = hostTensor(Float32Array.of(1, 2, 3));
    await expect(model.run({ 'in/x': value })).rejects.toThrow('ONNX Runtime cannot run net.onnx');
  });
});
