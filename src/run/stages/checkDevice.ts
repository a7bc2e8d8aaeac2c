/** @file Whether programs can run on a device, found out before a run directory is begun. */
import { compile, type CompileOptions } from '../../engine/compile.ts';
import { add, float32 } from '../../tensor/index.ts';

/** Runs one addition there. @throws UserError saying what the device lacks */
export async function checkDevice(device: NonNullable<CompileOptions['device']>): Promise<void> {
  if (device === 'cpu') return;
  const addOne = compile(({ x }) => ({ y: add(x, 1) }), { x: float32([1]) }, { device, threads: 1 });
  await addOne.run({ x: Float32Array.of(1) });
}
