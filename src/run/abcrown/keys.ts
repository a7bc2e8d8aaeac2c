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
 * them. A `*` stands for anything.
 */
export const harmlessKeys: readonly string[] = [
  'general.buffer_has_batchdim',
  'general.conv_mode',
  'general.deterministic',
  'general.deterministic_opt',
  'general.double_fp',
  'general.enable_incomplete_verification',
  'general.eval_adv_example',
  'general.get_crown_verified_acc',
  'general.graph_optimizer',
  'general.loss_reduction_func',
  'general.no_batchdim_buffers',
  'general.normal_run',
  'general.output_file',
  'general.precompile_jit',
  'general.record_bounds',
  'general.return_optimized_model',
  'general.save_adv_example',
  'general.save_output',
  'general.show_adv_example',
  'general.sparse_alpha',
  'general.sparse_interm',
  'general.use_patches',
  'general.verify_onnxruntime_output',
  'model.cache_onnx_conversion',
  'model.check_optimized',
  'model.check_optmized',
  'model.check_optmized_onnx',
  'model.compress',
  'model.convert_model_to_NCHW',
  'model.debug_onnx',
  'model.flatten_final_output',
  'model.onnx_loader',
  'model.onnx_optimization_flags',
  'model.onnx_quirks',
  'model.onnx_vnnlib_joint_optimization_flags',
  'model.optimize_graph',
  'model.with_jacobian',
  'data.num_classes',
  'data.num_outputs',
  'solver.auto_enlarge_batch_size',
  'solver.early_stop_patience',
  'solver.init_bound_prop_method',
  'solver.min_batch_size_ratio',
  'solver.no_amp',
  'solver.no_float64_last_iter',
  'solver.optimize_disjuncts_separately',
  'solver.prune_after_crown',
  'solver.start_save_best',
  'solver.use_float64_in_last_iteration',
  'solver.crown.*',
  'solver.forward.*',
  'solver.intermediate_refinement.*',
  'solver.invprop.*',
  'solver.multi_class.*',
  'solver.mip.*',
  'solver.alpha-crown.alpha',
  'solver.alpha-crown.disable_optimization',
  'solver.alpha-crown.full_conv_alpha',
  'solver.alpha-crown.include_output_constraint',
  'solver.alpha-crown.matmul_share_alphas',
  'solver.alpha-crown.max_coeff_mul',
  'solver.alpha-crown.max_time',
  'solver.alpha-crown.no_full_conv_alpha',
  'solver.beta-crown.all_node_split_LP',
  'solver.beta-crown.alpha_masks',
  'solver.beta-crown.beta',
  'solver.beta-crown.beta_warmup',
  'solver.beta-crown.enable_opt_interm_bounds',
  'solver.beta-crown.min_batch_size_ratio',
  'solver.beta-crown.optimizer',
  'bab.attack.*',
  'bab.backing_up_max_domain',
  'bab.batched_domain_list',
  'bab.branching.branching_*',
  'bab.branching.enable_intermediate_bound_opt',
  'bab.branching.input_split.*',
  'bab.branching.new_input_split.*',
  'bab.branching.nonlinear_split.*',
  'bab.branching.sb_coeff_thresh',
  'bab.branching.sort_domain_interval',
  'bab.cut.*',
  'bab.dfs_percent',
  'bab.get_upper_bound',
  'bab.initial_max_domains',
  'bab.interm_transfer',
  'bab.max_iterations',
  'bab.optimized_interm',
  'bab.optimized_intermediate_layers',
  'bab.pruning_in_iteration',
  'bab.pruning_in_iteration_ratio',
  'bab.recompute_interm',
  'bab.sort_domain_interval',
  'bab.sort_targets',
  'bab.tree_traversal',
  'bab.vanilla_crown',
  'attack.adv_saver',
  'attack.attack_func',
  'attack.attack_mode',
  'attack.attack_tolerance',
  'attack.cex_path',
  'attack.check_clean',
  'attack.enable_mip_attack',
  'attack.gama_decay',
  'attack.gama_lambda',
  'attack.input_split*',
  'attack.pgd_alpha_scale',
  'attack.pgd_batch_size',
  'attack.pgd_early_stop',
  'attack.pgd_loss',
  'attack.pgd_loss_mode',
  'attack.pgd_lr_decay',
  'attack.pgd_restart_when_stuck',
  'debug.*',
];

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
