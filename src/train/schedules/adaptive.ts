/** @file The radius schedule that follows the loss: faster while it falls, slower after a jump. */
import type { EpsilonPlan, EpsilonSchedule } from './epsilon.ts';

const defaults = {
  min_step: 1e-9,
  max_step: 1e-4,
  increase_thresh: 1,
  increase_factor: 1.5,
  decrease_thresh: 1.5,
  decrease_factor: 2,
  small_loss_thresh: 0.05,
};

/** What the schedule remembers; −1 stands for no loss yet. */
interface AdaptiveState {
  readonly epsilon: number;
  readonly step: number;
  readonly loss: number;
}

/**
 * From epoch `start` on each batch adds a step. The step grows by `increase_factor` where the loss fell below
 * `increase_thresh` times the last or below `small_loss_thresh`, shrinks by `decrease_factor` where it rose above
 * `decrease_thresh` times the last, and stays within `min_step`..`max_step` (auto_LiRPA's AdaptiveScheduler).
 * Losses before `start` are only remembered.
 */
export function adaptiveSchedule(
  { max, options }: EpsilonPlan,
  start: number,
  from: Readonly<Record<string, number>>,
): EpsilonSchedule {
  const of = (name: keyof typeof defaults): number => options[name] ?? defaults[name];
  let state: AdaptiveState = {
    epsilon: from['epsilon'] ?? 0,
    step: from['step'] ?? of('min_step'),
    loss: from['loss'] ?? -1,
  };
  return {
    at({ epoch }) {
      if (epoch >= start) state = { ...state, epsilon: Math.min(state.epsilon + state.step, max) };
      return state.epsilon;
    },
    observe(loss, { epoch }) {
      let { step } = state;
      if (epoch >= start && state.loss >= 0) {
        if (loss < state.loss * of('increase_thresh') || loss < of('small_loss_thresh'))
          step = Math.min(step * of('increase_factor'), of('max_step'));
        else if (loss > state.loss * of('decrease_thresh'))
          step = Math.max(step / of('decrease_factor'), of('min_step'));
      }
      state = { ...state, step, loss };
    },
    state: () => ({ ...state }),
  };
}
