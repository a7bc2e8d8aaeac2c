/** @file The verification configurations of the study and of the α,β-CROWN that it came with, as facts for tests. */

/** One configuration: what it says, and what follows. */
export interface Configuration {
  readonly name: string;
  readonly network: string;
  readonly dataset: string;
  readonly epsilon?: string;
  /** general.mode. */
  readonly mode?: string;
  /** YAML besides. */
  readonly more?: string;
  readonly source?: string;
  readonly lacks?: string;
  readonly range: readonly [number, number];
  readonly std?: readonly number[];
  /** Where it is not the configuration's own. */
  readonly radius?: number;
}

const studyStd = [0.247, 0.2435, 0.2616];
const eranStd = [0.2023, 0.1994, 0.201];
const halfOpen: readonly [number, number] = [0, 10_000];
const two = '0.00784313725';

const lists = {
  bounds: 'solver: {beta-crown: {batch_size: 5, iteration: 20}}\nbab: {timeout: 180}',
  complete:
    'attack: {pgd_restarts: 100}\nsolver: {beta-crown: {batch_size: 512, iteration: 20}}\nbab: {timeout: 300}',
};

/** The study's own: one network, four data sets, certified by bounds or completely. */
const own = (['bounds', 'complete'] as const).flatMap((kind): Configuration[] => {
  const common = {
    network: 'cifar_model_deep',
    mode: kind === 'bounds' ? 'crown-acc' : 'verified-acc',
    more: lists[kind],
  };
  const batch: readonly [number, number] = [0, 200];
  return [
    {
      ...common,
      name: `${kind} CIFAR-10`,
      dataset: 'CIFAR_ERAN',
      epsilon: two,
      source: 'cifar10',
      range: [0, 100],
      std: studyStd,
    },
    {
      ...common,
      name: `${kind} Fashion`,
      dataset: 'FashionMNIST',
      epsilon: '0.1',
      source: 'fashionMnist',
      range: batch,
      std: [0.315],
    },
    {
      ...common,
      name: `${kind} SVHN`,
      dataset: 'SVHN',
      epsilon: two,
      source: 'svhn',
      range: batch,
      std: [1, 1, 1],
    },
    {
      ...common,
      name: `${kind} CIFAR-100`,
      dataset: 'CIFAR100',
      epsilon: two,
      source: 'cifar100',
      range: batch,
      std: [0.2673, 0.2564, 0.2762],
    },
  ];
});

/** Networks of Dathathri et al., with their images. */
const sdp = [
  ['cnn_4layer_adv', '{timeout: 180, branching: {reduceop: max}}'],
  ['cnn_4layer_adv4', '{timeout: 180, branching: {reduceop: max}}'],
  ['cnn_4layer', '{timeout: 180, branching: {reduceop: min, candidates: 3}}'],
  ['cnn_4layer_mix4', '{timeout: 180, max_domains: 5000000}'],
  ['cnn_4layer_b', '{timeout: 180, branching: {method: kfsb, candidates: 5}}'],
  ['cnn_4layer_b4', '{timeout: 180, branching: {method: babsr, reduceop: min}}'],
].map(([network, bab]): Configuration => ({
  name: `SDP ${network}`,
  network,
  dataset: 'CIFAR_SDP',
  epsilon: two,
  more: `attack: {pgd_restarts: 50}\nbab: ${bab}`,
  lacks: 'datasets/sdp/cifar/X_sdp.npy and datasets/sdp/cifar/y_sdp.npy',
  range: halfOpen,
  std: [63 / 255, 62.1 / 255, 66.7 / 255],
}));

const refine =
  'attack: {pgd_order: after}\n' +
  'solver: {beta-crown: {batch_size: 500}, alpha-crown: {no_joint_opt: true},' +
  ' mip: {parallel_solvers: 16, solver_threads: 1, refine_neuron_time_percentage: 0.8}}\n' +
  'bab: {timeout: 300, branching: {reduceop: max}}';

/** Dense networks of ERAN, refined or not. */
const dense = ['mnist_6_100', 'mnist_6_200', 'mnist_9_100', 'mnist_9_200'].flatMap((network) =>
  ['bab', 'bab-refine'].map((verifier): Configuration => ({
    name: `ERAN ${network} ${verifier}`,
    network,
    dataset: 'MNIST_ERAN_UN',
    epsilon: '0.015',
    more: `${refine}\ngeneral: {mode: verified-acc, complete_verifier: ${verifier}}`,
    source: 'mnist',
    range: [0, 100],
    std: [1],
  })),
);

const ovalStd = [0.225, 0.225, 0.225];

/** The OVAL set: images, targets and radii in a pickle. */
const oval = ['base', 'wide', 'deep'].flatMap((size) =>
  ['kfsb', 'fsb', 'babsr'].map((method): Configuration => ({
    name: `OVAL ${size} ${method}`,
    network: `cifar_model_${size}`,
    dataset: 'CIFAR',
    mode: 'specify-target',
    more:
      `data: {dataset: CIFAR, pkl_path: models/oval/${size}_100.pkl, mean: [0.485, 0.456, 0.406], std: [${ovalStd}]}\n` +
      `attack: {pgd_order: skip}\nbab: {timeout: 3600, branching: {method: ${method}}}`,
    source: 'cifar10',
    range: halfOpen,
    std: ovalStd,
  })),
);

const normalised = (end: string): string =>
  `data: {dataset: CIFAR, mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616]${end}}`;

export const configurations: readonly Configuration[] = [
  ...own,
  ...sdp,
  ...dense,
  ...oval,
  {
    name: 'SDP MNIST',
    network: 'mnist_cnn_4layer',
    dataset: 'MNIST_SDP',
    more: 'attack: {pgd_order: after, pgd_steps: 50, pgd_alpha: auto, pgd_lr_decay: 0.99}',
    lacks: 'datasets/sdp/mnist/X_sdp.npy',
    range: halfOpen,
    std: [1],
    radius: 0.3,
  },
  {
    name: 'ERAN small',
    network: 'cifar_conv_small',
    dataset: 'CIFAR_ERAN',
    epsilon: '2/255',
    source: 'cifar10',
    range: [0, 100],
    std: eranStd,
  },
  {
    name: 'ERAN big',
    network: 'cifar_conv_big',
    dataset: 'CIFAR_ERAN',
    more: 'bab: {timeout: 180}',
    source: 'cifar10',
    range: [0, 100],
    std: eranStd,
    radius: 2 / 255,
  },
  {
    name: 'ERAN MNIST small',
    network: 'mnist_conv_small',
    dataset: 'MNIST_ERAN',
    epsilon: '0.12',
    source: 'mnist',
    range: [0, 100],
    std: [0.3081],
  },
  {
    name: 'ERAN MNIST big',
    network: 'mnist_conv_big',
    dataset: 'MNIST_ERAN',
    epsilon: '0.3',
    more: 'solver: {alpha-crown: {share_slopes: true}}',
    source: 'mnist',
    range: [0, 100],
    std: [0.3081],
  },
  {
    name: 'Wong',
    network: 'model_resnet',
    dataset: 'CIFAR',
    epsilon: '0.03137254901',
    more: `data: {dataset: CIFAR, mean: [0.485, 0.456, 0.406], std: [${ovalStd}], end: 1000}`,
    source: 'cifar10',
    range: [0, 1000],
    std: ovalStd,
  },
  {
    name: 'ResNet 2b',
    network: 'resnet2b',
    dataset: 'CIFAR',
    epsilon: two,
    more: normalised(', start: 0, end: 100'),
    source: 'cifar10',
    range: [0, 100],
    std: [0.2471, 0.2435, 0.2616],
  },
  {
    name: 'ResNet 4b',
    network: 'resnet4b',
    dataset: 'CIFAR',
    epsilon: '0.00392156862',
    more: normalised(', start: 20'),
    source: 'cifar10',
    range: [20, 10_000],
    std: [0.2471, 0.2435, 0.2616],
  },
  {
    name: 'sample',
    network: 'cnn_4layer_b',
    dataset: 'CIFAR_SAMPLE',
    epsilon: '0.3',
    mode: 'runnerup',
    more: 'attack: {pgd_order: skip}\nbab: {timeout: 180, decision_thresh: .inf}',
    lacks: 'datasets/sample100_unnormalized/cnn_4layer_b/X.npy',
    range: halfOpen,
    radius: 2 / 255,
  },
  {
    name: 'sample MNIST',
    network: 'mnist_cnn_4layer',
    dataset: 'MNIST_SAMPLE',
    mode: 'runnerup',
    more: 'attack: {pgd_order: skip}',
    lacks: 'datasets/sample100_unnormalized/mnist_cnn_4layer/X.npy',
    range: halfOpen,
    std: [1],
    radius: 0.3,
  },
  {
    name: 'Madry',
    network: 'mnist_conv_big',
    dataset: 'MNIST_MADRY_UN',
    epsilon: '0.3',
    lacks: 'datasets/eran/mnist_madry/X.npy',
    range: halfOpen,
    std: [1],
  },
  {
    name: 'clean',
    network: 'cnn_7layer_bn',
    dataset: 'CIFAR',
    mode: 'clean-acc',
    more: normalised(''),
    source: 'cifar10',
    range: halfOpen,
    std: [0.2471, 0.2435, 0.2616],
  },
  {
    name: 'matrix',
    network: 'cifar_model_wide',
    dataset: 'CIFAR',
    epsilon: '2/255',
    more: `general: {mode: verified-acc, conv_mode: matrix, device: cpu, seed: 7}\ndata: {dataset: CIFAR, std: [${ovalStd}], num_classes: 10}`,
    source: 'cifar10',
    range: halfOpen,
    std: ovalStd,
  },
];
