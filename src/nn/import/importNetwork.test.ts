import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { openPlainModel } from '../../engine/replay.ts';
import { hostTensor } from '../../engine/hostTensor.ts';
import { readNpy } from '../../formats/npy.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { encodeTorch } from '../../formats/torchWrite.ts';
import { call, dict, global, text, zipped } from '../../formats/torch.testing.ts';
import { exportKinds, exportNetwork } from '../exportNetwork.ts';
import { initialize } from '../initialize.ts';
import { maskNumbers, type Masks } from '../masks.ts';
import type { Network } from '../network.ts';
import { readNetwork } from '../notation/read.ts';
import { toOnnx } from '../toOnnx.ts';
import { importNetwork } from './importNetwork.ts';
import { networkRunner } from './runners.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-network-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const layers = [
  { normalize: { mean: [0.1, 0.2], std: [0.5, 0.25] } },
  { conv: 4, kernel: 3, stride: 2, pad: 1 },
  'bn',
  'relu',
  { residual: [{ conv: 4, kernel: 3, pad: 1 }, 'tanh'] },
  { maxpool: 2 },
  'flatten',
  { linear: 3 },
];
const network: Network = readNetwork({ layers, inputShape: [2, 8, 8], name: 'own' });
const fresh = initialize(network, createRng(3));
const masks: Masks = { 'conv1.weight': Uint8Array.from(fresh['conv1.weight'], (_, i) => i % 3 && 1) };
const numbers = maskNumbers(fresh, masks);
const input = createRng(5).fillUniform(new Float32Array(128), 0, 1);
const logits = async (net: Parameters<typeof networkRunner>[0]): Promise<number[]> =>
  Array.from(await networkRunner(net)(input));

const python = '/usr/bin/python3';
const hasTorch = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import torch, onnx'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('what is exported', () => {
  it.each(exportKinds)('as %s is imported as the same network', async (kind) => {
    const path = at(`a/${kind}/net.${kind}`);
    exportNetwork({ network, numbers }, kind, path, { masks });
    const found = importNetwork(path, { name: 'own' });
    const wanted = await logits({ network, numbers });
    const got = await logits(found);
    if (kind === 'onnx') {
      for (const [i, value] of got.entries()) expect(Math.abs(value - wanted[i])).toBeLessThan(1e-6);
      return;
    }
    expect(got).toEqual(wanted);
    expect(found.masks).toEqual(masks);
    expect(found.inferred).toBe(false);
    expect(found.network.layers).toEqual(network.layers);
  });

  it.each([7, 8, 9, 10, 11, 13, 17, 20])('runs in ONNX Runtime with operator set %i', async (opset) => {
    const all = readNetwork({
      layers: [
        { slice: { starts: [0, 1, 0], ends: [2, 8, 8] } },
        { zero_pad: { before: [0, 1, 0], after: [0, 0, 0] } },
        { sum: [0] },
        'flatten',
        { linear: 3, bias: false },
      ],
      inputShape: [2, 8, 8],
      name: 'all',
    });
    const net = { network: all, numbers: initialize(all, createRng(1)) };
    const path = at(`opset${opset}.onnx`);
    exportNetwork(net, 'onnx', path, { versions: { opset }, facts: { 'certprune.state': '3' } });
    const model = await openPlainModel(readFileSync(path), { threads: 1 }, 'all');
    const [output] = Object.values(await model.run({ input: hostTensor(input, [1, 2, 8, 8]) }));
    const wanted = await logits(net);
    for (const [i, value] of Array.from(output.data as Float32Array).entries())
      expect(value).toBeCloseTo(wanted[i], 5);
  });

  it.each([
    [{ opset: 6 }, /--opset 6: expected a whole number from 7 to 22/],
    [{ opset: 17, ir: 4 }, /operator set 17 needs version 8/],
    [{ ir: 3 }, /--ir 3/],
  ])('refuses versions %o', (versions, message) => {
    expect(() => exportNetwork({ network, numbers }, 'onnx', at('v.onnx'), { versions })).toThrow(message);
  });
});

describe('ONNX files', () => {
  it('keep the constants of a normalisation, and say so', () => {
    const { untrained, network: found } = importNetwork(at('a/onnx/net.onnx'), { name: 'x' });
    expect(untrained.join()).toMatch(/affine1, affine2: numbers that multiply and add/);
    expect(found.layers[0]).toMatchObject({ kind: 'affine', fixed: true });
  });

  it('take one input size, and no architecture', () => {
    expect(() => importNetwork(at('a/onnx/net.onnx'), { name: 'x', model: 'cnn_small' })).toThrow(
      /--model belongs to files of weights/,
    );
    expect(() => importNetwork(at('a/onnx/net.onnx'), { name: 'x', inputShape: [1, 28, 28] })).toThrow(
      /the network takes 2×8×8, and the images of the data set are 1×28×28/,
    );
  });

  it('cut off are refused', () => {
    const bytes = encodeModel(toOnnx(network, numbers));
    writeFileSync(at('cut.onnx'), bytes.subarray(0, bytes.length - 100));
    expect(() => importNetwork(at('cut.onnx'), { name: 'x' })).toThrow(
      /cut\.onnx: Not a readable ONNX model/,
    );
  });
});

const stateDict = (
  names: (name: string) => string = (name) => name,
): Map<string, { shape: number[]; data: Float32Array }> => {
  const plain = readNetwork({
    layers: [{ conv: 4, kernel: 3, pad: 1 }, 'relu', 'flatten', { linear: 3 }],
    inputShape: [2, 8, 8],
    name: 'p',
  });
  const values = initialize(plain, createRng(2));
  return new Map([
    [names('0.weight'), { shape: [4, 2, 3, 3], data: values['conv1.weight'] }],
    [names('0.bias'), { shape: [4], data: values['conv1.bias'] }],
    [names('3.weight'), { shape: [3, 256], data: values['fc1.weight'] }],
    [names('3.bias'), { shape: [3], data: values['fc1.bias'] }],
  ]);
};
const architecture =
  'input: [2, 8, 8]\nlayers:\n  - {conv: 4, kernel: 3, pad: 1}\n  - relu\n  - flatten\n  - {linear: 3}\n';

describe('state dicts', () => {
  it('are read by a file of layers, whatever stands before the names and in whatever order masks come', () => {
    writeFileSync(at('layers.yaml'), architecture);
    writeFileSync(at('plain.pth'), encodeTorch(stateDict()));
    const plain = importNetwork(at('plain.pth'), { name: 'p', model: at('layers.yaml') });
    expect(plain.inferred).toBe(false);
    expect(plain.network.modules).toEqual({ conv1: '0', fc1: '3' });
    writeFileSync(at('parallel.pth'), encodeTorch(stateDict((name) => `module.${name}`)));
    expect(importNetwork(at('parallel.pth'), { name: 'p', model: at('layers.yaml') }).numbers).toEqual(
      plain.numbers,
    );

    const mask = { shape: [4, 2, 3, 3], data: Float32Array.from({ length: 72 }, (_, i) => i % 2) };
    const { '0.weight': weight, ...others } = Object.fromEntries(stateDict());
    for (const entries of [
      { '0.weight_orig': weight, '0.weight_mask': mask, ...others },
      { ...others, '0.weight_mask': mask, '0.weight_orig': weight },
    ]) {
      writeFileSync(at('pruned.pth'), encodeTorch(new Map(Object.entries(entries))));
      const pruned = importNetwork(at('pruned.pth'), { name: 'p', model: at('layers.yaml') });
      expect(pruned.masks).toEqual({ 'conv1.weight': Uint8Array.from(mask.data) });
      expect(pruned.numbers['conv1.weight']).toEqual(weight.data.map((w, i) => w * (i % 2)));
    }
  });

  it('without an architecture are not taken in silence', () => {
    expect(() => importNetwork(at('plain.pth'), { name: 'p', inputShape: [2, 8, 8] })).toThrow(/--model/);
    const read = importNetwork(at('plain.pth'), {
      name: 'p',
      inputShape: [2, 8, 8],
      model: 'sequential-relu:s1p1',
    });
    expect(read.inferred).toBe(false);
  });

  it.each<[string, () => Map<string, { shape: number[]; data: Float32Array }>, RegExp]>([
    [
      'a missing key',
      () => new Map([...stateDict()].filter(([name]) => name !== '3.bias')),
      /fc1\.bias|holds no 'bias'/,
    ],
    [
      'an extra key',
      () => new Map([...stateDict(), ['5.weight', { shape: [2, 2], data: new Float32Array(4) }]]),
      /'5\.weight' is left over/,
    ],
    [
      'another shape',
      () => new Map([...stateDict(), ['3.weight', { shape: [3, 4], data: new Float32Array(12) }]]),
      /'3\.weight' \[3,4\] float32 does not fit fc1\.weight \[3,256\]/,
    ],
    [
      'no number',
      () => new Map([...stateDict(), ['3.bias', { shape: [3], data: Float32Array.of(1, NaN, 2) }]]),
      /'3\.bias' holds NaN/,
    ],
  ])('with %s are refused', (what, make, message) => {
    const path = at(`${what}.pth`);
    writeFileSync(path, encodeTorch(make()));
    expect(() => importNetwork(path, { name: 'p', model: at('layers.yaml') })).toThrow(message);
  });

  it('that are programs are refused with what to do', () => {
    writeFileSync(at('module.pth'), zipped(call(global('mine', 'Net')), {}));
    expect(() => importNetwork(at('module.pth'), { name: 'p' })).toThrow(
      /module\.pth: The file holds an object of the Python class mine\.Net.*torch\.load\(".*module\.pth", weights_only=False\).*torch\.save\(model\.state_dict\(\), "weights\.pth"\)/s,
    );
    writeFileSync(
      at('script.pt'),
      zipped(dict(text('a'), text('b')), {}, { 'm/constants.pkl': new Uint8Array(1) }),
    );
    expect(() => importNetwork(at('script.pt'), { name: 'p' })).toThrow(
      /TorchScript program.*torch\.jit\.load\(".*script\.pt"\)/s,
    );
    writeFileSync(at('bomb.pth'), zipped(call(global('os', 'system'), text('touch /bomb')), {}));
    expect(() => importNetwork(at('bomb.pth'), { name: 'p' })).toThrow(/Python class os\.system/);
    expect(existsSync('/bomb')).toBe(false);
  });
});

describe.skipIf(!hasTorch)(
  'files that PyTorch writes (skipped where Debian’s python3-torch and python3-onnx are absent)',
  () => {
    const script = `
import sys, torch, torch.nn as nn, numpy as np, onnx, warnings
warnings.filterwarnings('ignore')
at = sys.argv[1] + '/'
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16, 3))
for _ in range(3): net(torch.randn(8, 2, 8, 8))
net.eval()
x = torch.from_numpy(np.fromfile(at + 'x.bin', dtype=np.float32)).reshape(1, 2, 8, 8)
np.save(at + 'y.npy', net(x).detach().numpy())
torch.save({'epoch': 1, 'state_dict': nn.DataParallel(net).state_dict()}, at + 'torch.pth')
torch.onnx.export(net, x, at + 'folded.onnx', opset_version=13)
torch.onnx.export(net, x, at + 'unfolded.onnx', opset_version=11, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
onnx.save_model(onnx.load(at + 'folded.onnx'), at + 'outside.onnx', save_as_external_data=True, location='outside.bin', size_threshold=0)
`;
    const made = (): number[] => {
      writeFileSync(at('x.bin'), new Uint8Array(input.buffer));
      writeFileSync(
        at('torch.yaml'),
        'input: [2, 8, 8]\nlayers: [{conv: 4, kernel: 3, stride: 2, pad: 1}, bn, relu, {avgpool: 2}, flatten, {linear: 3}]\n',
      );
      execFileSync(python, ['-c', script, folder]);
      return Array.from(readNpy(at('y.npy')).data as Float32Array);
    };

    it('compute the same here, and load there again', async () => {
      const wanted = made();
      for (const file of ['torch.pth', 'folded.onnx', 'unfolded.onnx', 'outside.onnx']) {
        const choices = file === 'torch.pth' ? { model: at('torch.yaml') } : {};
        const found = importNetwork(at(file), { name: 'torch', ...choices });
        for (const [i, value] of (await logits(found)).entries())
          expect(value, file).toBeCloseTo(wanted[i], 5);
        expect(found.network.layers.some(({ kind }) => kind === 'batchNorm2d')).toBe(
          !/folded\.onnx|outside/.test(file) || file === 'unfolded.onnx',
        );
        exportNetwork(found, 'pth', at('back.pth'));
        if (file !== 'torch.pth') continue;
        const loads =
          'import torch, torch.nn as nn\n' +
          'net = nn.Sequential(nn.Conv2d(2, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16, 3))\n' +
          `print(net.load_state_dict(torch.load('${at('back.pth')}', weights_only=True)))`;
        expect(execFileSync(python, ['-c', loads], { encoding: 'utf8' })).toContain('All keys matched');
      }
      rmSync(at('outside.bin'));
      expect(() => importNetwork(at('outside.onnx'), { name: 'x' })).toThrow(
        /Cannot read the external data .*outside\.bin.*belongs beside the model/,
      );
    }, 120_000);
  },
);
