import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { openEventLog, appendJsonLine, openJsonLines } from './jsonLines.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lines-'));
});

describe('json lines', () => {
  it('survive being cut anywhere: whole lines stay, the rest goes', () => {
    const path = join(folder, 'a.jsonl');
    const objects = [{ a: 1 }, { text: 'ä\n"' }, { b: [true, null] }];
    const text = objects.map((object) => `${JSON.stringify(object)}\n`).join('');
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.nat(bytes.length), (cut) => {
        writeFileSync(path, bytes.subarray(0, cut));
        const whole = bytes.subarray(0, cut).toString('latin1').split('\n').length - 1;
        expect(openJsonLines(path)).toEqual(objects.slice(0, whole));
        appendJsonLine(path, { next: 1 });
        expect(openJsonLines(path)).toEqual([...objects.slice(0, whole), { next: 1 }]);
      }),
      { numRuns: 40 },
    );
  });

  it('name a damaged line', () => {
    const path = join(folder, 'a.jsonl');
    writeFileSync(path, '{"a":1}\noops\n{"a":2}\n');
    expect(() => openJsonLines(path)).toThrow('a.jsonl, line 2 is not valid JSON');
    expect(openJsonLines(join(folder, 'none'))).toEqual([]);
    expect(() => appendJsonLine(join(folder, 'no', 'x'), {})).toThrow('Cannot write');
  });
});

describe('openEventLog', () => {
  it('keeps each epoch and pruning once, notes always', () => {
    const path = join(folder, 'events.jsonl');
    const epoch = {
      type: 'epoch',
      time: 't',
      state: 0,
      epoch: 1,
      epochs: 2,
      loss: 1,
      learningRate: 0.1,
    } as const;
    const timing = { seconds: 1, imagesPerSecond: 10 };
    const note = { type: 'note', time: 't', message: 'resumed' } as const;
    openEventLog(path).append({ ...epoch, ...timing });
    appendFileSync(path, '{"type":"epo');
    const log = openEventLog(path);
    log.append({ ...epoch, ...timing });
    log.append({ ...epoch, ...timing, epoch: 2 });
    log.append(note);
    log.append(note);
    const types = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string; epoch?: number }).epoch ?? 'note');
    expect(types).toEqual([1, 2, 'note', 'note']);
  });
});
