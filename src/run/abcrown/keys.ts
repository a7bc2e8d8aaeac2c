/** @file The keys of α,β-CROWN's configurations of 2021-2025, and how each is met. Source: its own table of arguments. */
import { optionNames, rowOf } from '../verifyOptions/table.ts';

/** A key that would ask another question, and what it may say all the same. */
export interface RefusedKey {
  /** Values that ask nothing. */
  readonly rest: readonly unknown[];
  /** Why it is refused, and what to do. */
  readonly why: string;
}

/** Applied: those of the options of verification, and what goes with them. */
export const appliedKeys: readonly string[] = [
  ...optionNames.flatMap((name) => rowOf(name).abcrown ?? []),
  'general.device',
  'general.root_path',
  'model.onnx_path_prefix',
  'model.input_shape',
  'data.select_instance',
  'data.data_idx_file',
  'data.pkl_path',
  'specification.type',
  'specification.vnnlib_path_prefix',
  'bab.timeout_scale',
  'bab.decision_thresh',
];

const customized = 'code written in Python cannot be run here';

/** Refused by name, unless they say nothing. A `*` stands for anything. */
export const refusedKeys: Readonly<Record<string, RefusedKey>> = {
  'general.prepare_only': { rest: [false], why: 'nothing would be verified; leave it out' },
  'data.data_filter_path': { rest: [''], why: 'a pickle of examples to skip cannot be read; give a range' },
  'specification.epsilon_min': { rest: [0], why: 'inputs near the image cannot be left out of the question' },
  'specification.rhs_offset': {
    rest: [0],
    why: 'write the threshold into bab.decision_thresh or the property',
  },
  'attack.adv_verifier': { rest: ['default_adv_verifier'], why: customized },
  'attack.adv_example_finalizer': { rest: ['default_adv_example_finalizer'], why: customized },
  'attack.early_stop_condition': { rest: ['default_early_stop_condition'], why: customized },
  'bab.branching.input_split.presplit_domains': {
    rest: [''],
    why: 'the boxes of such a file are another question; write them as VNN-LIB',
  },
  'bab.branching.input_split.update_rhs_with_attack': {
    rest: [false],
    why: 'the question would change on the way',
  },
  'debug.rescale_vnnlib_ptb': { rest: [1], why: 'another box is another question; change the property' },
  'debug.sanity_check': { rest: ['', 'None'], why: 'thresholds from an attack are another question' },
};

/**
 * About speed, memory, its own relaxations or what it prints: the question and the truth of its answer do not depend on
 * them. By group; a `*` stands for anything.
 */
const harmless: Readonly<Record<string, string>> = {
  general: `
    buffer_has_batchdim conv_mode deterministic deterministic_opt double_fp enable_incomplete_verification
    eval_adv_example get_crown_verified_acc graph_optimizer loss_reduction_func no_batchdim_buffers
    normal_run output_file precompile_jit record_bounds return_optimized_model save_adv_example save_output
    show_adv_example sparse_alpha sparse_interm use_patches verify_onnxruntime_output
  `,
  model: `
    cache_onnx_conversion check_optimized check_optmized check_optmized_onnx compress convert_model_to_NCHW
    debug_onnx flatten_final_output onnx_loader onnx_optimization_flags onnx_quirks
    onnx_vnnlib_joint_optimization_flags optimize_graph with_jacobian
  `,
  data: 'num_classes num_outputs',
  solver: `
    auto_enlarge_batch_size early_stop_patience init_bound_prop_method min_batch_size_ratio no_amp
    no_float64_last_iter optimize_disjuncts_separately prune_after_crown start_save_best
    use_float64_in_last_iteration crown.* forward.* intermediate_refinement.* invprop.* multi_class.* mip.*
  `,
  'solver.alpha-crown': `
    alpha disable_optimization full_conv_alpha include_output_constraint matmul_share_alphas max_coeff_mul
    max_time no_full_conv_alpha
  `,
  'solver.beta-crown': `
    all_node_split_LP alpha_masks beta beta_warmup enable_opt_interm_bounds min_batch_size_ratio optimizer
  `,
  bab: `
    attack.* backing_up_max_domain batched_domain_list dfs_percent get_upper_bound initial_max_domains
    interm_transfer max_iterations optimized_interm optimized_intermediate_layers pruning_in_iteration
    pruning_in_iteration_ratio recompute_interm sort_domain_interval sort_targets tree_traversal
    vanilla_crown cut.*
  `,
  'bab.branching': `
    branching_* enable_intermediate_bound_opt sb_coeff_thresh sort_domain_interval input_split.*
    new_input_split.* nonlinear_split.*
  `,
  attack: `
    adv_saver attack_func attack_mode attack_tolerance cex_path check_clean enable_mip_attack gama_decay
    gama_lambda input_split* pgd_alpha_scale pgd_batch_size pgd_early_stop pgd_loss pgd_loss_mode
    pgd_lr_decay pgd_restart_when_stuck
  `,
  debug: '*',
};

export const harmlessKeys: readonly string[] = Object.entries(harmless).flatMap(([group, keys]) =>
  keys
    .trim()
    .split(/\s+/)
    .map((key) => `${group}.${key}`),
);

/** Lower line of a ReLU, under whatever group: the option of auto_LiRPA's bounds. */
export const boundOptions = /(^|\.)bound_opts(\.(relu|activation_bound_option))?$/;

const matches = (pattern: string, key: string): boolean =>
  pattern === key || (pattern.endsWith('*') && key.startsWith(pattern.slice(0, -1)));

/** How a key is met. Names come before patterns: a refused key may lie within a harmless group. */
export function handlingOf(key: string): 'applied' | 'harmless' | 'refused' | 'unknown' {
  if (appliedKeys.includes(key) || boundOptions.test(key)) return 'applied';
  if (Object.hasOwn(refusedKeys, key)) return 'refused';
  return harmlessKeys.some((pattern) => matches(pattern, key)) ? 'harmless' : 'unknown';
}
