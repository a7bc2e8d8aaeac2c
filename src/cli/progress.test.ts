import { describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../run/progress.ts';
import { formatBytes, formatDuration, formatShare } from './format.ts';
import { streamTarget } from './liveRegion.ts';
import { createProgress } from './progress.ts';
import { displayWidth } from './table.ts';

function stepEvent(epoch: number, step: number): ProgressEvent {
  const where = { state: 0, states: 2, epoch, epochs: 2, step, steps: 10 };
  return { type: 'step', ...where, loss: 0.51234, imagesPerSecond: 1234.4 };
}

const phase = { type: 'phase', phase: 'train', state: 0, states: 2 } as const;
const meta = {
  state: 0,
  remainRatio: 1,
  layers: [],
  finished: true,
  standard: 0.981,
  pgd: 0.9,
  trainSeconds: 65,
};
const stateDone = { type: 'state', states: 2, meta } as const;

function harness(isTTY: boolean) {
  let text = '';
  let clock = 0;
  const target = {
    write: (more: string) => void (text += more),
    erase: (lines: number) => void (text += `<${lines} erased>`),
    isTTY,
    columns: () => 60,
    seconds: () => clock,
  };
  return {
    progress: createProgress(target),
    at: (seconds: number) => void (clock = seconds),
    taken: () => {
      const taken = text;
      text = '';
      return taken;
    },
  };
}

describe('plain progress', () => {
  it('prints what lasts at once, steps rarely', () => {
    const { progress, at, taken } = harness(false);
    progress.listener(phase);
    for (let second = 0; second <= 8; second++) {
      at(second);
      progress.listener(stepEvent(1, second + 1));
    }
    progress.listener(stateDone);
    expect(taken().trimEnd().split('\n')).toEqual([
      'state 0/1  training',
      'state 0/1  epoch 1/2  step 6/10  loss 0.5123  1,234 images/s  (about 34 s of training left)',
      'state 0/1  trained in 1:05, test set: standard 98.1 %, PGD 90.0 %',
    ]);
  });
});

describe('live progress', () => {
  it('an epoch leaves a line with all that was measured', () => {
    const record = {
      type: 'epoch' as const,
      time: '',
      state: 1,
      epoch: 3,
      epochs: 9,
      loss: 1.25,
      learningRate: 0.1,
      standard: 0.9,
      fgsm: 0.8,
      pgd: 0.75,
      ibp: 0,
      crown: 0.125,
      nrsLoss: -0.5,
      unstableRatio: 0.25,
      gradientNorm: 2,
      seconds: 4,
      imagesPerSecond: 1234,
    };
    const lines: string[] = [];
    const progress = createProgress({
      write: (text) => void lines.push(text),
      erase: () => undefined,
      isTTY: false,
      columns: () => 80,
      seconds: () => 0,
    });
    progress.listener({ type: 'epoch', states: 2, record });
    progress.listener({ type: 'epoch', states: 2, record: { ...record, epoch: 4 } });
    expect(lines).toEqual([
      'state 1/1  epoch 3/9  loss 1.2500  standard 90.0 %  FGSM 80.0 %  PGD 75.0 %  IBP 0.0 %  CROWN 12.5 %  ' +
        'unstable 25.0 %  NRS -0.500  gradient 2.000  1,234 images/s\n',
      expect.stringContaining('epoch 4/9') as string,
    ]);
  });

  it('redraws lines that fit the terminal and leaves only what lasts', () => {
    const { progress, at, taken } = harness(true);
    progress.listener(phase);
    expect(taken()).toBe('state 0/1  training');
    at(1);
    progress.listener(stepEvent(1, 1));
    taken();
    at(2);
    progress.listener(stepEvent(1, 2));
    const drawn = taken();
    expect(drawn.startsWith('<2 erased>')).toBe(true);
    expect(drawn).toContain('about 38 s of training left');
    for (const line of drawn.slice('<2 erased>'.length).split('\n'))
      expect(displayWidth(line)).toBeLessThan(60);
    at(2.05);
    progress.listener(stepEvent(1, 3));
    expect(taken()).toBe('');
    progress.listener(stateDone);
    expect(taken()).toContain('trained in 1:05');
    progress.listener(phase);
    taken();
    progress.finish();
    expect(taken()).toBe('<1 erased>');
  });
});

describe('streamTarget', () => {
  it('shows what foreign names would do to the terminal, and takes lines away', () => {
    const written: string[] = [];
    const target = streamTarget({
      write: (text: string) => written.push(text),
    } as unknown as NodeJS.WriteStream);
    target.write('one channel kept alive in \u001B]0;title\u0007conv\n');
    target.erase(2);
    expect(written).toEqual([
      'one channel kept alive in \\x1b]0;title\\x07conv\n',
      '\r\u001B[2K\u001B[1A\u001B[2K',
    ]);
  });
});

describe('formats', () => {
  it('read well', () => {
    expect([0.04, 9.94, 9.97, 59.4, 59.6, 3725].map(formatDuration)).toEqual([
      '0.0 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1:00',
      '1:02:05',
    ]);
    expect([0, 1023, 1536, 5 * 2 ** 30].map(formatBytes)).toEqual(['0 B', '1023 B', '1.5 KiB', '5.0 GiB']);
    expect([formatShare(0.98765), formatShare(undefined)]).toEqual(['98.8 %', '–']);
  });
});
