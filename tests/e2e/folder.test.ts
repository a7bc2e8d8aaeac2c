import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRng } from '../../src/data/rng.ts';
import { parseCsv } from '../../src/formats/csv.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { command, pause, start, until } from './command.testing.ts';

const model = sharedPath('models/sdp/mnist_cnn_a_adv.model');
const pixels = sharedPath('data/sdp/mnist_x.npy');
const folder = mkdtempSync(join(tmpdir(), 'certprune-folder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const checkpoints = ['00last.model', '01last.model'];

/** A table without the columns of seconds. */
function withoutSeconds(...path: string[]): (string | undefined)[][] {
  const rows = parseCsv(readFileSync(join(folder, ...path), 'utf8'));
  const seconds = rows[0].indexOf('seconds');
  expect(seconds).toBeGreaterThan(0);
  return rows.map((row) => row.filter((_, column) => column !== seconds));
}

describe.skipIf(!model || !pixels)(
  `a folder of checkpoints${model && pixels ? '' : ' (skipped: no reference data)'}`,
  () => {
    const question =
      `--dataset ${pixels} --epsilon 0.12 --end 6 --mode crown-acc --workers 2 --certify always`.split(' ');
    const verify = (results: string, ...more: string[]): string[] => {
      const folders = ['--pth', join(folder, 'checkpoints'), '--results', join(folder, results)];
      return ['verify', ...folders, ...question, ...more];
    };

    it('killed again and again, is verified to the same tables', async () => {
      mkdirSync(join(folder, 'checkpoints'));
      for (const name of checkpoints) copyFileSync(model!, join(folder, 'checkpoints', name));
      const whole = await command(verify('whole'));
      expect(whole.code, whole.err).toBe(0);

      const seed = Number(process.env['CERTPRUNE_KILL_SEED'] ?? Date.now());
      const rng = createRng(seed);
      const kept = (name: string): string => join(folder, 'killed/.verdicts', `${name}.jsonl`);
      for (const name of checkpoints) {
        const started = start(verify('killed'));
        const answered = (): boolean =>
          existsSync(kept(name)) && readFileSync(kept(name), 'utf8').split('\n').length > 3;
        await until(started, answered, `${name} was begun, seed ${seed}`);
        await pause(100 * rng.next());
        started.child.kill('SIGKILL');
        await started.ended;
      }
      const last = await command(verify('killed'));
      expect(last.code, last.err).toBe(0);
      expect(last.err).toMatch(/1\/2 00last\.model {2}6 of 6 images were answered before/);
      expect(last.err).toMatch(/2\/2 01last\.model {2}\d of 6 images were answered before/);
      for (const table of [...checkpoints.map((name) => `${name}.csv`), 'summary.csv'])
        expect(withoutSeconds('killed', table), `${table}, seed ${seed}`).toEqual(
          withoutSeconds('whole', table),
        );
    });

    it('is not verified again, but for more images, on --fresh, and under other settings', async () => {
      const answered = async (...more: string[]): Promise<string[]> => {
        const { code, err } = await command(verify('whole', ...more));
        expect(code, err).toBe(0);
        return [...err.matchAll(/(\S+) images were answered|(image \d+): /g)].map(
          ([, , image]) => image ?? 'kept',
        );
      };
      expect(await answered()).toEqual(['kept', 'kept']);
      expect(await answered('--end', '7')).toEqual(['kept', 'image 6', 'kept', 'image 6']);
      expect(await answered('--end', '1', '--fresh')).toEqual(['image 0', 'image 0']);
      expect(await answered('--end', '1', '--epsilon', '.1')).toEqual(['image 0', 'image 0']);
    });
  },
);
