/** @file The schema of a run's configuration: keys, types, ranges, defaults; the one place of snake_case. */
import { z } from 'zod';
import { defaultValidationSize } from '../../data/dataset.ts';
import type { CamelKeys } from './camelCase.ts';
import type { ConfigNames } from './names.ts';
import { gradAlignDefault, trainerDefaults, trainerNames, type TrainerName } from './trainer.ts';
import { epochList, flag, norm, optionRecord, radius } from './values.ts';
import { verifySection } from '../verifyOptions/section.ts';

/** The resolved configuration of a run: every key present, in camelCase. */
export type RunConfig = CamelKeys<z.output<ReturnType<typeof configSchema>>>;

/**
 * The schema over YAML keys. Names are checked against `names`, defaults too: a default that is not
 * implemented is a fault where the key is absent.
 * @param trainer decides the defaults of `trainerDefaults`.
 */
export function configSchema(names: ConfigNames, trainer: TrainerName) {
  const defaults = trainerDefaults[trainer];
  const named = (list: readonly string[], fallback: string) =>
    z.enum(list as [string, ...string[]]).prefault(fallback);
  const count = (fallback: number, least = 0, most = Number.MAX_SAFE_INTEGER) =>
    z.int().min(least).max(most).default(fallback);
  const positive = (fallback: number) => z.number().positive().default(fallback);
  const share = (fallback: number) => z.number().gt(0).lt(1).default(fallback);
  const weight = (fallback: number) => z.number().min(0).default(fallback);

  const schema = z.strictObject({
    name: z
      .string()
      .regex(/^[\w.-]+$/, { error: 'expected letters, digits, "-", "_" and "." only' })
      .describe(
        'Name of the run: the folder under runs/. Default: the last part of save_dir, or the name of the file.',
      ),
    trainer: z
      .enum(trainerNames as [TrainerName, ...TrainerName[]])
      .describe('fgsm: adversarial; lirpa: certified; natural: clean images.'),
    save_dir: z
      .string()
      .default('')
      .describe('The original study’s name of the run; its prefix fgsm_ or cibp_ tells the trainer.'),
    plugins: z
      .array(z.union([z.string(), z.strictObject({ file: z.string(), sha256: z.string() })]))
      // Paths have given way to records by now.
      .transform((list) => list.filter((entry) => typeof entry !== 'string'))
      .prefault([])
      .describe(
        'Modules of your own that give criteria, objectives, regularisers, models or data sets: paths relative to this file.',
      ),
    seed: count(100).describe('Seed of every random choice.'),

    dataset: named(names.datasets, 'cifar10').describe('Which images.'),
    data: z.string().default('').describe('Folder to look for the dataset in, beside the usual places.'),
    train_size: count(0).describe('Use only this many training images, 0 for all (quick runs).'),
    validation_size: count(defaultValidationSize).describe(
      'Training images held back to choose the best epoch.',
    ),
    eval_images: count(0).describe('Test images for the accuracies of a state, 0 for all.'),
    best_by: z
      .enum(['auto', 'standard', 'fgsm', 'pgd', 'ibp', 'crown'])
      .default('auto')
      .describe(
        'Validation accuracy that chooses the best epoch; ibp and crown: verified. auto: by what training is for.',
      ),
    augment: named(names.augmentations, 'auto').describe(
      'Random changes to training images; auto = the study’s for the dataset.',
    ),
    normalization: z
      .enum(['study', 'earlier'])
      .default('study')
      .describe(
        'Mean and deviation of the pixels that the network takes off first: study = the original study’s of the dataset; ' +
          'earlier = what certprune took for cifar10, cifar100 and svhn before, for runs that began with it.',
      ),
    workers: count(0).describe('Data-loading processes in the original study; accepted, without effect.'),

    arch: named(names.models, 'cifar_model_deep').describe('Network of the model zoo.'),
    bn: flag.default(true).describe('Batch normalisation after convolutions, where the network offers it.'),

    initialization: z
      .enum(['auto', 'default', 'fast_ibp'])
      .default('auto')
      .describe(
        'First weights: default = as PyTorch’s modules, fast_ibp = of Shi et al. 2021, whose certified bounds do not explode; auto = fast_ibp for the objective fastIbp alone.',
      ),
    objective: z
      .enum(names.objectives as [string, ...string[]])
      .describe('Training loss. Default: told by trainer and bound_type.'),
    epochs: count(200, 1).describe('Epochs per state.'),
    batch_size: count(128, 1).describe('Images per training step.'),
    optimizer: named(names.optimizers, defaults.optimizer).describe(
      'Default: sgd (fgsm, natural), adam (lirpa).',
    ),
    lr: positive(defaults.lr).describe('Learning rate. Default: .01 (fgsm, natural), .001 (lirpa).'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('Momentum of SGD.'),
    weight_decay: weight(defaults.weight_decay).describe(
      'L2 weight decay. Default: 5e-4 (fgsm, natural), 0 (lirpa).',
    ),
    clip: weight(8).describe('Largest norm of the gradient, 0 for no clipping.'),
    lr_schedule: named(names.learningRateSchedules, 'milestones').describe(
      'How the learning rate falls; milestones: see lr_decay_milestones.',
    ),
    lr_warmup: count(0).describe('First epochs in which the learning rate rises to its schedule.'),
    lr_decay_milestones: epochList
      .default([140, 170])
      .describe('Epochs at which the learning rate falls to a tenth.'),

    eps: radius
      .default(2 / 255)
      .describe('Radius of training and verification in raw pixel units: .1 or "8/255".'),
    norm: norm
      .default('inf')
      .describe('Norm that eps is measured in, in training, pruning and verification: inf, 2 or 1.'),
    scheduler_name: named(names.epsilonSchedules, 'SmoothedScheduler').describe(
      'How the radius grows over the epochs.',
    ),
    scheduler_opts: optionRecord
      .default({ start: 11, length: 81, mid: 0.4 })
      .describe('Options of the radius schedule.'),
    fgsm_alpha: positive(1.25).describe('Step of the training attack, in units of eps.'),
    fgsm_random_start: flag
      .default(false)
      .describe('Start the training attack at a random point of the box (fast adversarial training).'),
    grad_align_cos_lambda: weight(gradAlignDefault(trainer, names)).describe('Weight of gradient alignment.'),
    bound_type: named(names.boundTypes, 'CROWN-IBP').describe('Bounds of certified training.'),
    bound_opts: optionRecord
      .default({})
      .describe(
        'Options of the objective’s bounds and attacks: relu, crown_share, bound_share, small_box, attack_steps, attack_alpha, fast_ibp_weight.',
      ),
    no_loss_fusion: flag.default(false).describe('Bound the margins instead of the loss itself.'),
    rs_reg: flag.default(false).describe('Add the NRS loss (or the RS loss, see rs_form).'),
    rs_form: z
      .enum(['nrs', 'nrs_adversarial', 'nrs_certified', 'nrs_study', 'rs'])
      .default('nrs')
      .describe(
        'nrs: the NRS loss in the trainer’s form. nrs_adversarial: mean over all neurons, running statistics, full eps; ' +
          'nrs_certified: mean over channels behind batch norms, statistics and radius of the step. nrs_study: ' +
          'nrs_adversarial to the letter of the original: statistics as the step’s own pass leaves them, signed γ, ' +
          'batch-norm ε 1e-8; the default of its own files for adversarial training. rs: the RS loss, without γ.',
      ),
    rs_weight: weight(0.01).describe('Weight of the NRS or RS loss.'),
    rs_batch_share: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('Share of each batch whose bounds the NRS or RS loss computes; less is quicker and noisier.'),
    gamma_pow: count(2).describe('Power of |γ| in the NRS loss.'),
    slim_weight: weight(0).describe('Weight of the L1 norm of batch-norm scales.'),
    l1_weight: weight(0).describe('Weight of the L1 norm of the weights.'),

    prune_method: named(names.pruneMethods, 'l1unstruct').describe('Pruning criterion.'),
    prune_type: named(names.pruneTypes, 'lt').describe(
      'Weights after pruning: lt = initial, rewind_lt = early, pt = the dense state’s best, finetune = as trained.',
    ),
    prune_times: count(16, 1, 10_000).describe('Trained states, the dense one included.'),
    rate: share(0.2).describe('Share of the remaining weights removed at each pruning.'),
    imp_rate: share(0.2).describe('Magnitude pruning rate of refill.'),
    one_shot: flag.default(false).describe('Prune once, before training; then a single state is trained.'),
    rewind_epoch: count(8).describe('Epoch whose weights rewind_lt goes back to.'),
    layerwise: flag.default(false).describe('Prune every layer by the same share instead of all together.'),
    prune: z
      .strictObject({
        granularity: z
          .enum(names.granularities as [string, ...string[]])
          .describe(
            'What is removed: weight, channel, or nm (of every m weights n stay). Default: told by prune_method.',
          ),
        linear: flag.default(false).describe('Prune linear layers too, not the convolutions alone.'),
        images: count(1024, 1).describe('Training images that data-driven scores come from.'),
        scores: z
          .enum(['loss', 'objective'])
          .default('loss')
          .describe('What those scores differentiate: the training loss, or it without rs_reg, slim and l1.'),
        pattern: z
          .strictObject({ keep: count(2, 1), of: count(4, 2) })
          .prefault({})
          .describe('For nm: weights kept of every group along the input channels.'),
        during: z
          .strictObject({
            begin: weight(0).describe('Epoch of the first change.'),
            end: z
              .number()
              .positive()
              .optional()
              .describe('Epoch of the last. Default: three quarters of epochs.'),
            every: count(100, 1).describe('Training steps between changes.'),
            drop: share(0.3).describe('rigl: share of each layer replaced at first; it falls to 0.'),
          })
          .prefault({})
          .describe('For gmp and rigl, which prune a single state while it is trained.'),
        advance_lr: flag
          .default(false)
          .describe(
            'Start later states rewind_epoch epochs into the learning-rate schedule. Default: false, but true for files of the original study (those without a trainer).',
          ),
      })
      .describe('Details of pruning.'),
    hydra: z
      .strictObject({
        lr: positive(0.01),
        optimizer: named(names.optimizers, 'adam'),
        epochs: count(20, 1),
        momentum: z.number().min(0).lt(1).default(0.9),
        decreasing_lr: epochList.default([10, 15]),
      })
      .prefault({})
      .describe('Training of scores by HYDRA.'),

    verify: verifySection(names),

    print_freq: count(100, 1).describe('Training steps between progress reports.'),
    resume_state: z.int().min(0).optional().describe('Continue after this state, which must be on disk.'),
    device: named(names.devices, 'cpu').describe('Where programs run.'),
    threads: count(0).describe('Threads of a training step, 0 = one per core.'),
  });
  return schema.superRefine((config, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { start, end } = config.verify.images;
    if (config.norm === 'inf' && config.eps > 1)
      fault(['eps'], `expected 0 to 1 for the norm inf (pixels are 0 to 1), got ${config.eps}`);
    if (config.verify.method === 'mip' && config.norm === 2)
      fault(['verify', 'method'], 'expected bab or bab-refine for the norm 2: an l2 ball is not linear');
    if (end <= start)
      fault(['verify', 'images', 'end'], `expected more than verify.images.start (${start}), got ${end}`);
    const needs = (path: string, on: boolean, regularizer: string) => {
      if (on && !names.regularizers.includes(regularizer))
        fault([path], `the regulariser ${regularizer} is not available in this version`);
    };
    needs('grad_align_cos_lambda', config.grad_align_cos_lambda > 0, 'gradAlign');
    needs('rs_reg', config.rs_reg, 'nrs');
    needs('slim_weight', config.slim_weight > 0, 'slim');
    if (
      config.prune_type === 'rewind_lt' &&
      (config.rewind_epoch < 1 || config.rewind_epoch > config.epochs)
    ) {
      fault(
        ['rewind_epoch'],
        `expected 1 to ${config.epochs} (the epochs of a state) for rewind_lt, got ${config.rewind_epoch}`,
      );
    }
  });
}
