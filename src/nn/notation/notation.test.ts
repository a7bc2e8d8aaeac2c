import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import { layerCases } from '../layers/cases.testing.ts';
import type { Layer, Network } from '../network.ts';
import { parameterSpecs } from '../parameters.ts';
import { outputShape } from '../shapes.ts';
import { torchKeys } from '../torchKeys.ts';
import { buildModel, modelNames } from '../zoo/models.ts';
import { readNetwork } from './read.ts';
import { writeLayers } from './write.ts';
import { kindOfWord } from './words.ts';

const read = (layers: unknown[], inputShape: Shape = [3, 16, 16]): Network =>
  readNetwork({ layers, inputShape, name: 'own' });
const again = (network: Network): Network =>
  readNetwork({
    ...network,
    layers: JSON.parse(JSON.stringify(writeLayers(network))) as unknown[],
  });

describe('a network in a list of layers', () => {
  it('is read as the issue writes it', () => {
    const network = read([
      { conv: 32, kernel: 3, stride: 2, pad: 1 },
      'bn',
      'relu',
      { maxpool: 2 },
      'flatten',
      { linear: 10 },
    ]);
    expect(network.layers.map(({ name }) => name)).toEqual('conv1 bn1 relu1 pool1 flatten1 fc1'.split(' '));
    expect(network.layers[0]).toMatchObject({ inChannels: 3, outChannels: 32, padding: [1, 1, 1, 1] });
    expect(network.layers[5]).toMatchObject({ inFeatures: 32 * 16, outFeatures: 10 });
    expect(torchKeys(network).map(({ torchKey }) => torchKey)).toEqual([
      '0.weight',
      '0.bias',
      '1.weight',
      '1.bias',
      '1.running_mean',
      '1.running_var',
      '5.weight',
      '5.bias',
    ]);
  });

  it('has branches, by names and by blocks', () => {
    const network = read([
      { conv: 8, kernel: 3, pad: 1, name: 'stem' },
      'relu',
      { conv: 8, kernel: 3, pad: 1, from: 'stem' },
      { add: ['relu1', 'conv1'] },
      { residual: [{ conv: 8, kernel: 1 }, 'relu'] },
      { basic_block: 16, stride: 2 },
      { bottleneck: 4, batch_norm: false },
      'global_avgpool',
      'flatten',
      { linear: 4 },
    ]);
    expect(outputShape(network)).toEqual([4]);
    expect(network.layers.filter(({ kind }) => kind === 'add')).toHaveLength(4);
    expect(again(network)).toEqual(network);
  });

  it.each(layerCases.map((one, i) => [`${i} ${one[0].kind}`, ...one] as const))(
    'keeps every field of %s',
    (_, fields, ...shapes) => {
      // A second input is what a slice or a first layer makes of the first.
      const inputs = shapes.map((shape, i) =>
        i === 0 ? 'input' : shape.join() === shapes[0].join() ? 'input' : 'cut',
      );
      const cut: Layer = {
        kind: 'slice',
        name: 'cut',
        inputs: ['input'],
        starts: [0, 0, 0],
        ends: [4, 2, 6],
        steps: [1, 1, 1],
      };
      const layers = [...(inputs.includes('cut') ? [cut] : []), { ...fields, name: 'last', inputs } as Layer];
      const network: Network = { name: 'one', inputShape: shapes[0], layers, modules: {} };
      const { modules: _m, ...others } = again(network);
      const { modules: _n, ...wanted } = network;
      expect(others).toEqual(wanted);
    },
  );

  it('has a word for every kind, each its own', () => {
    const kinds = new Set(layerCases.map(([{ kind }]) => kind));
    expect(kindOfWord.size).toBe(kinds.size - 1);
  });

  it.each([...modelNames('trained'), ...modelNames('published')])('writes %s', (name) => {
    const fixed = { inputShape: [3, 32, 32], classes: 10 };
    const build = (inputShape: Shape): Network =>
      buildModel(name, {
        ...fixed,
        inputShape,
        bn: true,
        normalization: identityNormalization(inputShape[0]),
      });
    let network: Network;
    try {
      network = build([3, 32, 32]);
    } catch {
      network = build([1, 28, 28]);
    }
    expect(again(network)).toEqual(network);
    expect(parameterSpecs(again(network))).toEqual(parameterSpecs(network));
  });
});

describe('what is wrong with a list of layers', () => {
  it.each<[string, unknown[], RegExp]>([
    ['no list', [], /list of layers is empty/],
    ['a word', ['relu', 'rellu'], /layer 2: "rellu" .*did you mean "relu"/],
    ['a number', [3], /layer 1: 3 is no layer/],
    ['two words', [{ conv: 3, linear: 4, kernel: 1 }], /layer 1: .*names conv and linear/],
    ['a key', [{ conv: 3, kernl: 3 }], /layer 1: conv has no "kernl"; did you mean "kernel"/],
    ['no kernel', [{ conv: 3 }], /layer 1: conv needs "kernel"/],
    ['no width', ['flatten', 'linear'], /layer 2: linear needs its features behind the word/],
    ['a bad value', [{ conv: -3, kernel: 3 }], /layer 1: conv: expected a whole number from 1 on, got -3/],
    ['a bad pair', [{ conv: 3, kernel: [1, 2, 3] }], /conv, kernel: expected .* got \[1,2,3\]/],
    ['something behind relu', [{ relu: 3 }], /layer 1: relu takes nothing behind it/],
    ['too large a kernel', [{ conv: 3, kernel: 20 }], /layer 1: Layer conv1 .*kernel is larger/],
    ['no flatten', [{ linear: 10 }], /layer 1: .*needs 768 features in one row: flatten them first/],
    ['groups', [{ conv: 4, kernel: 1, groups: 2 }], /do not split into 2 groups/],
    ['padding', [{ maxpool: 2, pad: 2 }], /padding is not smaller than its window/],
    [
      'a source',
      [{ relu: true, from: 'conv9' }],
      /layer 1: it reads "conv9", which no layer before it is named/,
    ],
    [
      'a name twice',
      [
        { relu: true, name: 'a' },
        { relu: true, name: 'a' },
      ],
      /layer 2: a layer before it is named "a"/,
    ],
    ['a name taken', [{ relu: true, name: 'relu1' }, 'relu'], /layer 2: .*named "relu1" already/],
    ['a bad name', [{ relu: true, name: 'a.b' }], /layer 1: "a\.b" is no name/],
    ['a sum of one', [{ add: ['input'] }], /layer 1: add wants the layers/],
    [
      'a shortcut',
      [{ residual: [{ conv: 8, kernel: 1 }] }],
      /layer 1: its layers make \[8,16,16\], and its shortcut/,
    ],
    [
      'inside a branch',
      [{ residual: ['relu', { conv: 8 }] }],
      /layer 1, residual, layer 2: conv needs "kernel"/,
    ],
    ['inside a block', [{ basic_block: 8, strid: 2 }], /layer 1: basic_block has no "strid"/],
    ['the last is no layer', [{ residual: [], shortcut: [] }, 'bn', { conv: 2, kernel: 99 }], /layer 3/],
  ])('%s', (_, layers, message) => {
    expect(() => read(layers)).toThrow(message);
  });
});
