/** @file Small models and properties on disk, for tests of what reads them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { toOnnx } from '../../nn/toOnnx.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';

/** y0 = |x0| + |x1|, y1 = 1.5: y0 < y1 exactly within the diamond of that size. */
export function diamondNetwork(): NumberedNetwork {
  const network = sequential('diamond', [2]).linear(4).relu().linear(2).build();
  const [first, second] = network.layers.filter((layer) => layer.kind === 'linear').map(({ name }) => name);
  return {
    network,
    numbers: {
      [`${first}.weight`]: Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1),
      [`${first}.bias`]: new Float32Array(4),
      [`${second}.weight`]: Float32Array.of(1, 1, 1, 1, 0, 0, 0, 0),
      [`${second}.bias`]: Float32Array.of(0, 1.5),
    },
  };
}

/** A box |x0| ≤ a, |x1| ≤ b around the origin, unsafe where y0 ≥ y1. */
export const diamondProperty = (a: number, b: number): string => `
(declare-const X_0 Real)(declare-const X_1 Real)
(declare-const Y_0 Real)(declare-const Y_1 Real)
(assert (<= X_0 ${a}))(assert (>= X_0 ${-a}))(assert (<= X_1 ${b}))(assert (>= X_1 ${-b}))
(assert (>= Y_0 Y_1))
`;

/** A folder that holds diamond.onnx, safe.vnnlib (unsat) and unsafe.vnnlib (sat); to be removed by `remove`. */
export function diamondFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'));
  const { network, numbers } = diamondNetwork();
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  return {
    folder,
    write,
    onnx: write('diamond.onnx', encodeModel(toOnnx(network, numbers, { batch: 1 }))),
    safe: write('safe.vnnlib', diamondProperty(0.7, 0.7)),
    unsafe: write('unsafe.vnnlib', diamondProperty(0.8, 0.8)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
