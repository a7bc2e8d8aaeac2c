/** @file The schema of a run's configuration: keys, types, ranges, defaults; the one place of snake_case. */
import { z } from 'zod';
import { lowerSlopes } from '../../bounds/nonlinear/lowerSlope.ts';
import { defaultValidationSize } from '../../data/dataset.ts';
import { datasets } from '../../data/datasets.ts';
import { ownForms } from '../../data/own/ownData.ts';
import { isOwnPath } from '../../data/own/path.ts';
import { optimizers } from '../../nn/optimizers/optimizers.ts';
import { modelNames, models } from '../../nn/zoo/models.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { rewindings } from '../../prune/rewind.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { initializations } from '../../train/initializations.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import { regularizers } from '../../train/regularizers/regularizers.ts';
import { radiusSchedules } from '../../train/schedules/epsilon.ts';
import { rateSchedules } from '../../train/schedules/learningRate.ts';
import { branchingHeuristics } from '../../verify/branching/table.ts';
import type { CamelKeys } from './camelCase.ts';
import { optionPlaces } from './optionSchema.ts';
import { dataRecord } from './dataRecord.ts';
import { boundTypes, trainerDefaults, trainerNames, type TrainerName } from './trainer.ts';
import type { WeightsRecord } from '../networks/weightsRecord.ts';
import { architectureFaults } from './architectureFaults.ts';
import { flag, norm, radius } from './values.ts';
import { verifySection } from '../verifyOptions/section.ts';

/** The resolved configuration of a run: every key present, in camelCase. */
export type RunConfig = CamelKeys<z.output<ReturnType<typeof configSchema>>>;

/**
 * The schema over YAML keys: what a run itself is told, and the names and options of the families' members.
 * @param trainer decides the defaults of `trainerDefaults`.
 */
export function configSchema(trainer: TrainerName) {
  const defaults = trainerDefaults[trainer];
  const options = optionPlaces({ ...defaults }, ['prune']);
  const oneOf = (names: readonly string[]) => z.enum(names as [string, ...string[]]);
  const named = (names: readonly string[], fallback: string) => oneOf(names).prefault(fallback);
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
      )
      .meta({ example: 'lottery' }),
    trainer: z
      .enum(trainerNames as [TrainerName, ...TrainerName[]])
      .describe('fgsm: adversarial; lirpa: certified; natural: clean images.'),
    save_dir: z
      .string()
      .default('')
      .describe('The original study’s name of the run; its prefix fgsm_ or cibp_ tells the trainer.')
      .meta({ example: 'fgsm_l1unstruct' }),
    plugins: z
      .array(z.union([z.string(), z.strictObject({ file: z.string(), sha256: z.string() })]))
      // Paths have given way to records by now.
      .transform((list) => list.filter((entry) => typeof entry !== 'string'))
      .prefault([])
      .describe(
        'Modules of your own that give criteria, objectives, regularisers, models or data sets: paths relative to this file.',
      ),
    seed: count(100).describe('Seed of every random choice.'),

    dataset: z
      .string()
      .default('cifar10')
      .superRefine((name, context) => {
        const known = datasets.names();
        if (!known.includes(name) && !isOwnPath(name))
          context.addIssue({ code: 'invalid_value', values: [...known, './folder'], input: name });
      })
      .describe(
        `Which images: ${datasets.names().join(', ')}; or data of your own, a path relative to this file (see docs/data.md).`,
      )
      .meta({ example: 'mnist' }),
    ...options.of(datasets),
    ...options.of(ownForms),
    data_record: dataRecord
      .optional()
      .describe('What was found in data of your own when the run began; certprune writes it.'),
    data: z
      .string()
      .default('')
      .describe('Folder to look for the dataset in, beside the usual places.')
      .meta({ example: '/data/images' }),
    train_size: count(0).describe('Use only this many training images, 0 for all (quick runs).'),
    validation_size: count(defaultValidationSize).describe(
      'Training images held back to choose the best epoch. Of data of your own: a tenth, or its validation part.',
    ),
    eval_images: count(0).describe('Test images for the accuracies of a state, 0 for all.'),
    best_by: z
      .enum(['auto', 'standard', 'fgsm', 'pgd', 'ibp', 'crown'])
      .default('auto')
      .describe(
        'Validation accuracy that chooses the best epoch; ibp and crown: verified. auto: by what training is for.',
      ),
    augment: named(['auto', 'none', 'crop_flip'], 'auto').describe(
      'Random changes to training images; auto = the study’s for the dataset.',
    ),
    normalization: z
      .enum(['study', 'earlier', 'none'])
      .default('study')
      .describe(
        'Mean and deviation of the pixels that the network takes off first: study = the original study’s of the dataset; ' +
          'earlier = what certprune took for cifar10, cifar100 and svhn before, for runs that began with it; none = the network takes its inputs as they are.',
      ),
    workers: count(0).describe('Data-loading processes in the original study; accepted, without effect.'),

    arch: z
      .union([oneOf(modelNames('trained')), z.array(z.unknown()), z.record(z.string(), z.unknown())])
      .prefault('cifar_model_deep')
      .describe(
        'Network: a model of the zoo; a list of layers, see docs/networks.md; a file of layers; or what "certprune import" made.',
      ),
    ...options.of(models),
    bn: flag.prefault(true).describe('Batch normalisation after convolutions, where the network offers it.'),

    init: z
      .union([z.string(), z.record(z.string(), z.string())])
      // Paths have given way to records by now.
      .transform((value) => (typeof value === 'string' ? undefined : (value as unknown as WeightsRecord)))
      .optional()
      .describe(
        'Weights to start from instead of fresh ones: a file, or the name of what "certprune import" made; its layers are then the network, unless arch says another.',
      )
      .meta({ example: 'mine' }),
    keep_zeros: flag
      .prefault(false)
      .describe('Weights of init that are 0 count as pruned: they stay 0.')
      .meta({ example: false }),
    initialization: named(['auto', ...initializations.names()], 'auto').describe(
      'First weights: default = as PyTorch’s modules, fast_ibp = of Shi et al. 2021, whose certified bounds do not explode; auto = fast_ibp for the objective fastIbp alone.',
    ),
    objective: oneOf(objectives.names()).describe('Training loss. Default: told by trainer and bound_type.'),
    bound_type: named(boundTypes(), 'CROWN-IBP').describe('Bounds of certified training.'),
    ...options.of(objectives),
    ...options.of(regularizers),
    epochs: count(200, 1).describe('Epochs per state.'),
    batch_size: count(128, 1).describe('Images per training step.'),
    optimizer: named(optimizers.names(), defaults.optimizer).describe('What turns gradients into steps.'),
    lr: positive(defaults.lr).describe('Learning rate.'),
    ...options.of(optimizers),
    clip: weight(8).describe('Largest norm of the gradient, 0 for no clipping.'),
    lr_schedule: named(rateSchedules.names(), 'milestones').describe(
      'How the learning rate falls; milestones: see lr_decay_milestones.',
    ),
    lr_warmup: count(0).describe('First epochs in which the learning rate rises to its schedule.'),
    ...options.of(rateSchedules),

    eps: radius
      .prefault(2 / 255)
      .describe('Radius of training and verification in raw pixel units: .1 or "8/255".')
      .meta({ example: '8/255' }),
    norm: norm
      .prefault('inf')
      .describe('Norm that eps is measured in, in training, pruning and verification: inf, 2 or 1.')
      .meta({ example: 2 }),
    scheduler_name: named(radiusSchedules.names(), 'SmoothedScheduler').describe(
      'How the radius grows over the epochs.',
    ),
    ...options.of(radiusSchedules),

    prune_method: named([...criteria.names(), ...maskingSchedules.names()], 'l1unstruct').describe(
      'Pruning criterion.',
    ),
    prune_type: named(rewindings.names(), 'lt').describe(
      'Weights after pruning: lt = initial, rewind_lt = early, pt = the dense state’s best, finetune = as trained.',
    ),
    prune_times: count(16, 1, 10_000).describe('Trained states, the dense one included.'),
    rate: share(0.2).describe('Share of the remaining weights removed at each pruning.'),
    ...options.of(criteria),
    one_shot: flag.prefault(false).describe('Prune once, before training; then a single state is trained.'),
    rewind_epoch: count(8).describe('Epoch whose weights rewind_lt goes back to.'),
    layerwise: flag.prefault(false).describe('Prune every layer by the same share instead of all together.'),
    prune: z
      .strictObject({
        granularity: z
          .enum(['weight', 'channel', 'nm'])
          .describe(
            'What is removed: weight, channel, or nm (of every m weights n stay). Default: told by prune_method.',
          ),
        linear: flag.prefault(false).describe('Prune linear layers too, not the convolutions alone.'),
        images: count(1024, 1).describe('Training images that data-driven scores come from.'),
        scores: z
          .enum(['loss', 'objective'])
          .default('loss')
          .describe('What those scores differentiate: the training loss, or it without rs_reg, slim and l1.'),
        pattern: z
          .strictObject({
            keep: count(2, 1).describe('Weights kept of every group.'),
            of: count(4, 2).describe('Weights in a group.'),
          })
          .prefault({})
          .describe('For nm: weights kept of every group along the input channels.'),
        ...options.under('prune'),
        advance_lr: flag
          .prefault(false)
          .describe(
            'Start later states rewind_epoch epochs into the learning-rate schedule. Default: false, but true for files of the original study (those without a trainer).',
          ),
      })
      .describe('Details of pruning.'),
    verify: verifySection({ branchings: branchingHeuristics.names(), relaxations: lowerSlopes }),

    print_freq: count(100, 1).describe('Training steps between progress reports.'),
    resume_state: z.int().min(0).optional().describe('Continue after this state, which must be on disk.'),
    device: named(['cpu', 'webgpu', 'cuda'], 'cpu').describe('Where programs run.'),
    threads: count(0).describe('Threads of a training step, 0 = one per core.'),
  });
  return schema.superRefine((config, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const { start, end } = config.verify.images;
    for (const message of architectureFaults(config)) fault(['arch'], message);
    if (config.norm === 'inf' && config.eps > 1 && !isOwnPath(config.dataset))
      fault(['eps'], `expected 0 to 1 for the norm inf (pixels are 0 to 1), got ${config.eps}`);
    if (config.verify.method === 'mip' && config.norm === 2)
      fault(['verify', 'method'], 'expected bab or bab-refine for the norm 2: an l2 ball is not linear');
    if (config.verify.certify === 'never' && config.verify.roundoff !== 'float32')
      fault(
        ['verify', 'roundoff'],
        'expected verify.certify auto or always: it is about checked proofs, and never checks none',
      );
    if (end <= start)
      fault(['verify', 'images', 'end'], `expected more than verify.images.start (${start}), got ${end}`);
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
