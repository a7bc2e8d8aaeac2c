/** @file Progress events in words: lines that stay, and the line that is drawn over and over. */
import type { EpochProgress, Phase, ProgressEvent, StepProgress, VerifyProgress } from '../run/progress.ts';
import { formatCount, formatDuration, formatShare } from './format.ts';

const phaseWords: Readonly<Record<Phase, string>> = {
  prepare: 'preparing',
  train: 'training',
  evaluate: 'evaluating on the test set',
  prune: 'pruning',
  verify: 'verifying',
  report: 'writing the report',
};

/** `state 2/5`: counted from 0 as in the run directory, of the last state's number. */
export function stateWords(state: number, states: number): string {
  return `state ${state}/${states - 1}`;
}

/** What an event leaves behind for good; undefined for those that only move the live line. */
export function lastingLine(event: ProgressEvent): string | undefined {
  switch (event.type) {
    case 'prune': {
      const { state, method, removed, remainRatio, rescued, size } = event.record;
      const all = size
        ? `, ${formatCount(size.nonzero)} of all ${formatCount(size.parameters)} parameters`
        : '';
      const kept = rescued && rescued.length > 0 ? `; one channel kept alive in ${rescued.join(', ')}` : '';
      return `state ${state}  ${method} removed ${formatCount(removed)} weights, ${formatShare(remainRatio)} remain${all}${kept}`;
    }
    case 'state': {
      const { meta, states } = event;
      const accuracies = [
        ['standard', meta.standard],
        ['FGSM', meta.fgsm],
        ['PGD', meta.pgd],
      ].flatMap(([word, share]) => (share === undefined ? [] : [`${word} ${formatShare(share as number)}`]));
      return `${stateWords(meta.state, states)}  trained in ${formatDuration(meta.trainSeconds)}, test set: ${accuracies.join(', ') || 'not measured'}`;
    }
    case 'verified': {
      const { state, images, seconds, standard, pgd, certified, unknown } = event.summary;
      return (
        `state ${state}  ${images} images verified in ${formatDuration(seconds)}: certified ${formatShare(certified)}, ` +
        `PGD ${formatShare(pgd)}, standard ${formatShare(standard)}, open ${formatShare(unknown)}`
      );
    }
    case 'note':
      return `note: ${event.record.message}`;
    case 'epoch':
      return epochText(event);
    case 'phase':
    case 'step':
    case 'count':
    case 'verify':
      return undefined;
  }
}

/** What is going on now, without bar and estimate. */
export function liveText(event: ProgressEvent): string | undefined {
  switch (event.type) {
    case 'phase':
      return `${stateWords(event.state, event.states)}  ${phaseWords[event.phase]}`;
    case 'step':
      return stepText(event);
    case 'count':
      return `state ${event.state}  ${phaseWords[event.phase]}  ${formatCount(event.done)} of ${formatCount(event.total)}`;
    case 'verify':
      return verifyText(event);
    case 'epoch':
    case 'prune':
    case 'state':
    case 'verified':
    case 'note':
      return undefined;
  }
}

/** All that was measured, on validation images unless it is of training. */
function epochText({ record, states }: EpochProgress): string {
  const { state, epoch, epochs, loss, nrsLoss, gradientNorm, imagesPerSecond } = record;
  const shares = [
    ['standard', record.standard],
    ['FGSM', record.fgsm],
    ['PGD', record.pgd],
    ['IBP', record.ibp],
    ['CROWN', record.crown],
    ['unstable', record.unstableRatio],
  ] as const;
  const numbers = [
    ['NRS', nrsLoss],
    ['gradient', gradientNorm],
  ] as const;
  return [
    stateWords(state, states),
    `epoch ${epoch}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    ...shares.flatMap(([word, share]) => (share === undefined ? [] : [`${word} ${formatShare(share)}`])),
    ...numbers.flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value.toFixed(3)}`])),
    `${formatCount(imagesPerSecond)} images/s`,
  ].join('  ');
}

function stepText({
  state,
  states,
  epoch,
  epochs,
  step,
  steps,
  loss,
  imagesPerSecond,
}: StepProgress): string {
  const pace = imagesPerSecond > 0 ? `  ${formatCount(imagesPerSecond)} images/s` : '';
  return `${stateWords(state, states)}  epoch ${epoch}/${epochs}  step ${step}/${steps}  loss ${loss.toFixed(4)}${pace}`;
}

function verifyText({ state, states, done, total, verified, falsified, unknown }: VerifyProgress): string {
  return (
    `${stateWords(state, states)}  verifying image ${done}/${total}: ${verified} verified, ${falsified} falsified, ` +
    `${unknown} open`
  );
}

/** Share of the whole training or of the whole verification that is done, 0..1; undefined for other events. */
export function positionOf(
  event: ProgressEvent,
): { part: 'training' | 'verification'; position: number } | undefined {
  if (event.type === 'step') {
    const { state, states, epoch, epochs, step, steps } = event;
    const epochsDone = state * epochs + epoch - 1 + step / steps;
    return { part: 'training', position: epochsDone / (states * epochs) };
  }
  if (event.type === 'verify') {
    return { part: 'verification', position: (event.state + event.done / event.total) / event.states };
  }
  return undefined;
}

/** `████░░░░`, `width` cells. */
export function bar(position: number, width: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, position)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
