/** @file AdaptiveScheduler: the radius follows the loss, faster while it falls, slower after a jump. */
import type { Options } from '../../../family/option.ts';
import { rise, type RadiusSchedule } from './schedule.ts';

const options = {
  start: rise.start,
  minStep: {
    type: 'number',
    above: 0,
    default: 1e-9,
    key: 'scheduler_opts.min_step',
    sentence: 'Smallest step of the radius.',
  },
  maxStep: {
    type: 'number',
    above: 0,
    default: 1e-4,
    key: 'scheduler_opts.max_step',
    sentence: 'Largest step of the radius.',
  },
  increaseThresh: {
    type: 'number',
    above: 0,
    default: 1,
    key: 'scheduler_opts.increase_thresh',
    sentence: 'The step grows where the loss fell below this much of the last.',
  },
  increaseFactor: {
    type: 'number',
    above: 0,
    default: 1.5,
    key: 'scheduler_opts.increase_factor',
    sentence: 'Factor by which the step grows.',
  },
  decreaseThresh: {
    type: 'number',
    above: 0,
    default: 1.5,
    key: 'scheduler_opts.decrease_thresh',
    sentence: 'The step shrinks where the loss rose above this much of the last.',
  },
  decreaseFactor: {
    type: 'number',
    above: 0,
    default: 2,
    key: 'scheduler_opts.decrease_factor',
    sentence: 'Divisor by which the step shrinks.',
  },
  smallLossThresh: {
    type: 'number',
    above: 0,
    default: 0.05,
    key: 'scheduler_opts.small_loss_thresh',
    sentence: 'A loss below this lets the step grow too.',
  },
} as const satisfies Options;

/** What the schedule remembers; −1 stands for no loss yet. */
interface AdaptiveState {
  readonly epsilon: number;
  readonly step: number;
  readonly loss: number;
}

/**
 * From epoch `start` on each batch adds a step. The step grows by `increaseFactor` where the loss fell below
 * `increaseThresh` times the last or below `smallLossThresh`, shrinks by `decreaseFactor` where it rose above
 * `decreaseThresh` times the last, and stays within `minStep`..`maxStep` (auto_LiRPA's AdaptiveScheduler).
 * Losses before `start` are only remembered.
 */
export const adaptive: RadiusSchedule<typeof options> = {
  name: 'AdaptiveScheduler',
  title: 'adaptive',
  sentence: 'The radius follows the loss: faster while it falls, slower after a jump.',
  options,
  begin(max, of, from) {
    let state: AdaptiveState = {
      epsilon: from['epsilon'] ?? 0,
      step: from['step'] ?? of.minStep,
      loss: from['loss'] ?? -1,
    };
    return {
      at({ epoch }) {
        if (epoch >= of.start) state = { ...state, epsilon: Math.min(state.epsilon + state.step, max) };
        return state.epsilon;
      },
      observe(loss, { epoch }) {
        let { step } = state;
        if (epoch >= of.start && state.loss >= 0) {
          if (loss < state.loss * of.increaseThresh || loss < of.smallLossThresh)
            step = Math.min(step * of.increaseFactor, of.maxStep);
          else if (loss > state.loss * of.decreaseThresh)
            step = Math.max(step / of.decreaseFactor, of.minStep);
        }
        state = { ...state, step, loss };
      },
      state: () => ({ ...state }),
    };
  },
};
