import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fakeStages } from '../run/fakeStages.testing.ts';
import { captured, type Captured } from './captured.testing.ts';
import { studyText, tenSecondStates } from './study.testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'sweep-'));
beforeAll(() => writeFileSync(join(folder, 'study.yaml'), studyText));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (line: string): Promise<Captured> =>
  captured(line.replaceAll('@', `${folder}/`).split(' '), {
    stages: async () => fakeStages(),
    trainingClock: async () => tenSecondStates,
  });

describe('the sweep command', () => {
  it('prints its plan, and names faults of the study and the options', async () => {
    const grid = 'config: study.yaml\nname: both\ngrid:\n  prune_method: [l1unstruct, snip]\nchunk: 3\n';
    writeFileSync(join(folder, 'grid.yaml'), grid);
    const { code, out } = await run('sweep --config @grid.yaml --runs @runs --jobs 2 --dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(/^l1unstruct +3 +6 +12 +12 +0$/m);
    expect(out).toContain('Jobs: 24 (6 train, 4 prune, 12 verify, 2 collect); 0 are done.');
    expect(out).toContain(
      'Left, with 2 side by side: 12 epochs of training, about 30 s as measured here; ' +
        '24 images to verify, at most 2:00.',
    );
    const asJson = await run('sweep --config @grid.yaml --runs @runs --jobs 2 --dry-run --json');
    expect(JSON.parse(asJson.out)).toMatchObject({
      runs: [{ name: 'l1unstruct', states: 3, epochs: 6, images: 12, jobs: 12, done: 0 }, { name: 'snip' }],
      jobs: { train: 6, prune: 4, verify: 12, collect: 2 },
      left: { epochs: 12, trainingSeconds: 30, images: 24, verificationSecondsAtMost: 120 },
    });
    expect(existsSync(join(folder, 'runs'))).toBe(false);
    writeFileSync(join(folder, 'wrong.yaml'), `${grid}chunks: 2\n`);
    expect((await run('sweep --config @wrong.yaml --dry-run')).err).toContain(
      'wrong.yaml, line 6, chunks: unknown key; did you mean "chunk"?',
    );
    expect((await run('sweep')).err).toContain("required option '-c, --config <file>'");
    expect((await run('sweep --config @grid.yaml --jobs none')).err).toContain(
      '--jobs none: expected a whole',
    );
    expect((await run('worker --queue nowhere')).err).toContain('expected redis://host:port');
  });
});
