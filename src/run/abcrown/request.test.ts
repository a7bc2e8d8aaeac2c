import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readAbcrown, type AbcrownRequest } from './request.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'abcrown-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(yaml: string): AbcrownRequest {
  const path = join(folder, 'study.yaml');
  writeFileSync(path, yaml);
  return readAbcrown(path);
}

describe('a configuration of α,β-CROWN', () => {
  it('in the dialect of 2021', () => {
    const { question, limits, warnings } = read(`
general:
  mode: verified-acc
  device: cuda
model:
  name: cifar_model_wide
  path: models/oval/cifar_wide.pth
data:
  dataset: CIFAR
  mean: [0.485, 0.456, 0.406]
  std: [0.225, 0.225, 0.225]
  start: 10
  end: 30
specification:
  epsilon: 0.00784313725
attack:
  pgd_order: before
  pgd_steps: 50
  pgd_restarts: 40
solver:
  alpha-crown: {lr_alpha: 0.2, iteration: 40, no_joint_opt: false}
  beta-crown: {batch_size: 100, lr_alpha: 0.02, lr_beta: 0.1, iteration: 20}
bab:
  max_domains: 5000000
  timeout: 300
  branching: {method: babsr, reduceop: max, candidates: 5}
`);
    expect(question).toEqual({
      kind: 'images',
      subject: {
        kind: 'torch',
        path: join(folder, 'models/oval/cifar_wide.pth'),
        choices: { model: 'cifar_model_wide' },
      },
      dataset: 'cifar10',
      start: 10,
      end: 30,
      epsilon: 0.00784313725,
      targets: 'all',
      threshold: 0,
      depth: 'complete',
      normalization: { mean: [0.485, 0.456, 0.406], std: [0.225, 0.225, 0.225] },
      lacking: { model: expect.stringContaining('models/oval/cifar_wide.pth') },
    });
    expect(limits.timeoutSeconds).toBe(300);
    expect(limits.choices).toMatchObject({
      branching: 'babsr',
      batchRows: 200,
      maxDomains: 5000000,
      cheapAttack: { steps: 50, restarts: 40 },
      strongAttack: { restarts: 0 },
      rootEffort: { blocks: 2, rates: { alpha: 0.2 } },
      domainEffort: { blocks: 2, rates: { alpha: 0.02, beta: 0.1 } },
    });
    expect(warnings).toEqual([
      'general.device: cuda: verification runs on the processor',
      expect.stringContaining('babsr tries out no candidates'),
    ]);
  });

  it("in today's dialect: a list of instances", () => {
    writeFileSync(join(folder, 'instances.csv'), '');
    const { question, limits } = read(`
general: {device: cpu, root_path: $CONFIG_PATH, csv_name: instances.csv, complete_verifier: bab}
specification: {norm: .inf}
data: {start: 2, end: 4}
solver: {batch_size: 64, beta-crown: {iteration: 20}}
bab: {override_timeout: 60, branching: {method: kfsb, input_split: {enable: true}}}
attack: {pgd_order: skip}
`);
    expect(question).toEqual({ kind: 'list', csv: join(folder, 'instances.csv'), start: 2, end: 4 });
    expect(limits.timeoutSeconds).toBe(60);
    expect(limits.choices).toMatchObject({ inputSplit: true, batchRows: 128, cheapAttack: { restarts: 0 } });
  });

  it('images within an l2 ball', () => {
    const { question } = read(`
model: {onnx_path: a.onnx}
data: {dataset: MNIST}
specification: {norm: 2, epsilon: 0.5}
`);
    expect(question).toMatchObject({ kind: 'images', norm: 2, epsilon: 0.5 });
  });

  it('one instance', () => {
    const { question } = read(`
model: {onnx_path: a.onnx}
specification: {vnnlib_path: b.vnnlib}
`);
    expect(question).toEqual({
      kind: 'instance',
      onnx: join(folder, 'a.onnx'),
      vnnlib: join(folder, 'b.vnnlib'),
    });
  });

  it.each([
    ['runnerup', { depth: 'complete', targets: 'runner-up' }],
    ['clean-acc', { depth: 'clean' }],
    ['attack-only', { depth: 'attack' }],
    ['crown-only-acc', { depth: 'bounds' }],
    ['specify-target', { depth: 'complete', targets: undefined }],
  ])('knows the mode %s', (mode, expected) => {
    const { question } = read(`
model: {onnx_path: a.onnx}
data: {dataset: MNIST}
specification: {epsilon: 2/255, robustness_type: ${mode}}
`);
    expect(question).toMatchObject({ ...expected, epsilon: 2 / 255, dataset: 'mnist' });
  });

  it('ends with the bounds where the complete verifier is skipped', () => {
    const { question } = read('general: {complete_verifier: skip}\nmodel: {onnx_path: a.onnx}\n');
    expect(question).toMatchObject({ depth: 'bounds' });
  });

  it('may ask for mixed-integer programs', () => {
    const { limits } = read('general: {complete_verifier: mip}\nmodel: {onnx_path: a.onnx}\n');
    expect(limits.choices).toMatchObject({ method: 'mip' });
  });

  it('may ask for bounds refined by them', () => {
    const { limits, warnings } = read(
      'general: {complete_verifier: bab-refine}\nmodel: {onnx_path: a.onnx}\n' +
        'solver: {mip: {refine_neuron_timeout: 5, refine_neuron_time_percentage: 0.6}}\n',
    );
    expect(limits.choices).toMatchObject({
      method: 'bab-refine',
      refine: { timeShare: 0.6, secondsPerBound: 5 },
    });
    expect(warnings).toEqual([]);
  });

  it('refuses keys that nobody knows, with the nearest one', () => {
    expect(() => read('model: {onnx_path: a.onnx}\nbab: {time_out: 3}\n')).toThrow(
      "bab.time_out is no key of α,β-CROWN's configurations; did you mean bab.timeout?",
    );
    expect(() => read('model: {onnx_path: a.onnx}\nspell: {wrong: 1}\n')).toThrow('spell.wrong is no key');
    // Switched off, it is still no key.
    expect(() => read('model: {onnx_path: a.onnx}\nspell: {wrong: false}\n')).toThrow('spell.wrong');
  });

  it('says which keys change nothing', () => {
    const { warnings } = read(
      'general: {conv_mode: matrix}\nmodel: {onnx_path: a.onnx}\nbab: {cut: {enabled: true}}\n',
    );
    expect(warnings).toEqual([
      "these steer α,β-CROWN's own machinery and change nothing here: general.conv_mode, bab.cut.enabled",
    ]);
  });

  it.each([
    ['model: [', 'not valid YAML'],
    ['3', 'a group of keys'],
    ['model: {onnx_path: a}\nspecification: {norm: 3}', 'supported are .inf, 2 and 1'],
    ['model: {onnx_path: a}\nspecification: {robustness_type: odd}', 'the mode "odd"'],
    ['model: {onnx_path: a}\nbab: {timeout: soon}', 'bab.timeout: expected a number, got "soon"'],
    ['model: {onnx_path: a}\nspecification: {epsilon_min: 0.1}', 'specification.epsilon_min: 0.1'],
    ['model: {onnx_path: a}\nspecification: {rhs_offset: -1}', 'specification.rhs_offset: -1'],
    ['model: {onnx_path: a}\nspecification: {type: box}', 'write boxes as VNN-LIB'],
    ['model: {onnx_path: a}\nspecification: {epsilon: -1}', 'expected a number from 0 on'],
    [
      'model: {onnx_path: a}\ngeneral: {mode: ibp-only-verified-acc}',
      'the mode "ibp-only-verified-acc" is not supported',
    ],
    ['model: {onnx_path: a}\ndata: {dataset: CIFAR_RESNET}', '"CIFAR_RESNET" is none of MNIST'],
    ['model: {onnx_path: a}\ndata: {std: [0, 1]}', 'a deviation cannot be 0'],
    ['model: {onnx_path: a}\ngeneral: {complete_verifier: Customized}', 'expected bab, mip'],
    ['model: {onnx_path: a}\nattack: {pgd_order: sometimes}', 'input_bab or skip'],
    ['model: {onnx_path: a}\nsolver: {bound_opts: loose}', 'adaptive, same-slope'],
    ['model: {onnx_path: a}\nbab: {branching: {reduceop: sum}}', 'min, max, mean or auto'],
    ['model: {onnx_path: a}\nbab: {decision_thresh: -.inf}', 'bab.decision_thresh'],
    ['model: {onnx_path: a}\ndebug: {rescale_vnnlib_ptb: 0.5}', 'another box is another question'],
    ['specification: {vnnlib_path: a}', 'needs model.onnx_path'],
    ['model: {onnx_path: a}\ngeneral: {complete_verifier: best}', 'expected bab, mip, bab-refine or skip'],
  ])('%j is refused', (yaml, message) => {
    expect(() => read(yaml)).toThrow(message);
    expect(() => read(yaml)).toThrow('study.yaml');
  });
});
