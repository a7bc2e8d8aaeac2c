import { afterAll, describe, expect, it } from 'vitest';
import { add, cast, mul, sum } from '../tensor/operations/index.ts';
import { float32, int32 } from '../tensor/tensor.ts';
import { compile } from './compile.ts';
import { allocate, hostTensor } from './hostTensor.ts';
import {
  closeSessions,
  identifyModel,
  openSessionCount,
  runModel,
  setSessionLimits,
} from './backend/session.ts';
import { createStateful } from './stateful.ts';

afterAll(closeSessions);

const threads = 1;
const scaled = (factor: number) =>
  compile(({ x }) => ({ y: mul(x, factor), both: [x, x] as const }), { x: float32([2, 2]) }, { threads });

describe('compile', () => {
  it('runs on trees and returns the tree of the result', async () => {
    const { y, both } = await scaled(3).run({ x: Float32Array.of(1, 2, 3, 4) });
    expect(y).toEqual(hostTensor(Float32Array.of(3, 6, 9, 12), [2, 2]));
    expect([...both[0].data]).toEqual([1, 2, 3, 4]);
    expect([...both[1].data]).toEqual([1, 2, 3, 4]);
  });

  it('writes into the memory given and leaves the rest to itself', async () => {
    const y = allocate(float32([2, 2]));
    const made = await scaled(2).run({ x: Float32Array.of(1, 2, 3, 4) }, { y });
    expect(made.y).toBe(y);
    expect([...y.data]).toEqual([2, 4, 6, 8]);
    expect(made.both[0].data).not.toBe(y.data);
  });

  it('takes numbers for scalars and reads integers as integers', async () => {
    const f = compile(
      ({ rate, n }) => add(mul(rate, 2), cast(sum(n), 'float32')),
      { rate: float32([]), n: int32([1]) },
      { threads },
    );
    expect((await f.run({ rate: 1.5, n: Int32Array.of(4) })).data[0]).toBe(7);
  });

  it('names the feed that is missing, unknown or does not fit', async () => {
    const f = compile(({ net }) => net.w, { net: { w: float32([2]), b: float32([1]) } }, { threads });
    const b = Float32Array.of(1);
    await expect(f.run({ net: { b } } as never)).rejects.toThrow(`'net.w' (float32 [2]) is missing`);
    await expect(f.run({ net: { w: b, b } })).rejects.toThrow(
      `'net.w' needs float32 [2], was given 1 elements of float32`,
    );
    await expect(f.run({ net: { w: Int32Array.of(1, 2), b } })).rejects.toThrow(`'net.w' needs float32 [2]`);
    await expect(f.run({ net: { w: new Float32Array(2), b, c: b } } as never)).rejects.toThrow(
      `no input 'net.c'`,
    );
  });
});

describe('stateful runs', () => {
  it('swaps two sets of memory and never writes the initial values', async () => {
    const specs = { state: { w: float32([2]), n: float32([]) }, x: float32([2]) };
    const step = compile(
      ({ state, x }) => ({ state: { w: add(state.w, x), n: add(state.n, 1) }, total: sum(state.w) }),
      specs,
      { threads },
    );
    const initial = { w: hostTensor(Float32Array.of(1, 2)), n: 0 };
    const runner = createStateful(step, initial);
    const x = Float32Array.of(1, 1);
    expect((await runner.step({ x })).total.data[0]).toBe(3);
    const first = runner.state().w.data;
    await runner.step({ x });
    expect(runner.state().w.data).not.toBe(first);
    await runner.step({ x });
    expect(runner.state().w.data).toBe(first);
    expect([...first]).toEqual([4, 5]);
    expect(runner.state().n.data[0]).toBe(3);
    expect([...initial.w.data]).toEqual([1, 2]);
    runner.setState({ w: Float32Array.of(7, 7), n: 0 });
    expect([...runner.state().w.data]).toEqual([7, 7]);
    expect(() => runner.setState({ w: Float32Array.of(7), n: 0 })).toThrow('state.w needs 2 elements');
  });
});

describe('sessions', () => {
  it('are shared by equal programs and closed beyond the limit', async () => {
    await closeSessions();
    const x = Float32Array.of(1, 2, 3, 4);
    await scaled(5).run({ x });
    await scaled(5).run({ x });
    expect(openSessionCount()).toBe(1);
    setSessionLimits({ sessions: 2 });
    for (const factor of [6, 7, 8]) await scaled(factor).run({ x });
    expect(openSessionCount()).toBe(2);
    expect([...(await scaled(5).run({ x })).y.data]).toEqual([5, 10, 15, 20]);
    setSessionLimits({ modelBytes: 1 });
    await scaled(6).run({ x });
    expect(openSessionCount()).toBe(1);
    setSessionLimits({ sessions: 48, modelBytes: 400e6 });
  });

  it('say what to install where a device is missing', async () => {
    const f = compile(({ x }) => add(x, 1), { x: float32([1]) }, { device: 'cuda' });
    await expect(f.run({ x: Float32Array.of(1) })).rejects.toThrow(
      /'cuda' cannot be used here[^]*--device cpu/,
    );
  });

  it('do not keep a model that ONNX Runtime refuses', async () => {
    const before = openSessionCount();
    await expect(runModel(identifyModel(Uint8Array.of(1, 2, 3)), { threads }, {})).rejects.toThrow(
      'protobuf',
    );
    expect(openSessionCount()).toBe(before);
  });
});
