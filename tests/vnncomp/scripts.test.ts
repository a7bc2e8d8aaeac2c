/** @file The scripts of VNN-COMP, called as its harness calls them, on small files of our own and on published ones. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { toOnnx } from '../../src/nn/toOnnx.ts';
import { sequential } from '../../src/nn/zoo/sequential.ts';
import { createRng } from '../../src/data/rng.ts';
import { diamondFolder } from '../../src/verify/files/smallFiles.testing.ts';
import {
  counterexampleHolds,
  environment,
  folderIn,
  linkedScripts,
  runSingleInstance,
  script,
  type Surroundings,
} from './harness.testing.ts';

vi.setConfig({ testTimeout: 240_000 });

let files: ReturnType<typeof diamondFolder>;
let elsewhere: string;
let around: Surroundings;
beforeAll(() => {
  files = diamondFolder();
  elsewhere = mkdtempSync(join(tmpdir(), 'harness-'));
  around = {
    cwd: folderIn(elsewhere, 'benchmarks'),
    scratch: folderIn(elsewhere, 'scratch'),
    scripts: linkedScripts(elsewhere),
  };
});
afterAll(() => {
  files.remove();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** Calls one script by itself. */
function call(name: string, ...args: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(script(name, around), args, {
    cwd: around.cwd,
    env: environment(around),
    encoding: 'utf8',
  });
  return { status, stderr };
}

/** A random network with more ReLUs than a search gets through in seconds, and a property that bounds leave open. */
function hardInstance(): { onnx: string; vnnlib: string } {
  const rng = createRng('hard instance');
  const inputs = 40;
  const net = sequential('hard', [inputs])
    .linear(200)
    .relu()
    .linear(200)
    .relu()
    .linear(200)
    .relu()
    .linear(1)
    .build();
  const numbers: Record<string, Float32Array> = {};
  for (const layer of net.layers) {
    if (layer.kind !== 'linear') continue;
    const fan = layer.name === net.layers[0].name ? inputs : 200;
    const outputs = layer === net.layers.at(-1) ? 1 : 200;
    numbers[`${layer.name}.weight`] = Float32Array.from(
      { length: fan * outputs },
      () => rng.uniform(-1.5, 1.5) / Math.sqrt(fan),
    );
    numbers[`${layer.name}.bias`] = Float32Array.from({ length: outputs }, () => rng.uniform(-0.5, 0.5));
  }
  const box = Array.from(
    { length: inputs },
    (_, i) => `(declare-const X_${i} Real)(assert (<= X_${i} 1))(assert (>= X_${i} -1))`,
  ).join('\n');
  return {
    onnx: files.write('hard.onnx', encodeModel(toOnnx(net, numbers, { batch: 1 }))),
    vnnlib: files.write('hard.vnnlib', `${box}\n(declare-const Y_0 Real)(assert (>= Y_0 9))\n`),
  };
}

describe('the harness', () => {
  it('notes verdicts, through a symbolic link, from another folder, without HOME', async () => {
    const bare = { ...around, env: { HOME: undefined } };
    const safe = runSingleInstance(bare, { onnx: files.onnx, vnnlib: files.safe }, 60);
    expect(safe).toMatchObject({ result: 'unsat', counterexample: '' });
    const unsafe = { onnx: files.onnx, vnnlib: files.unsafe };
    const { result, counterexample } = runSingleInstance(bare, unsafe, 60);
    expect(result).toBe('sat');
    expect(await counterexampleHolds(unsafe, counterexample)).toBe(true);
    expect(await counterexampleHolds({ onnx: files.onnx, vnnlib: files.safe }, counterexample)).toBe(false);
  });

  it('hands over relative paths, compressed files, and folders that are not there yet', async () => {
    const packed = {
      onnx: files.write('diamond.onnx.gz', gzipSync(readFileSync(files.onnx))),
      vnnlib: files.write('unsafe.vnnlib.gz', gzipSync(readFileSync(files.unsafe))),
    };
    const asked = {
      onnx: relative(around.cwd, packed.onnx),
      vnnlib: relative(around.cwd, packed.vnnlib),
      results: 'results of today/test/out.txt',
    };
    const { result, counterexample } = runSingleInstance(around, asked, 60);
    expect(result).toBe('sat');
    expect(await counterexampleHolds(packed, counterexample)).toBe(true);
  });

  it('notes an error where a file is at fault, and skips what cannot be prepared', () => {
    const { result } = runSingleInstance(around, { onnx: files.safe, vnnlib: files.safe }, 60);
    expect(result).toBe('error_exit_code_1: error');
    const missing = runSingleInstance(around, { onnx: 'none.onnx', vnnlib: files.safe }, 60);
    expect(missing.result).toBe('prepare_instance_error_1');
  });

  it('ends an instance at the limit or before: a legal word stands in the file', () => {
    const hard = hardInstance();
    // What starting and ending take on this machine at this time.
    const quick = runSingleInstance(around, { onnx: files.onnx, vnnlib: files.safe }, 60).seconds;
    const late = runSingleInstance(around, hard, 4);
    expect(late.result).toBe('timeout');
    expect(late.seconds).toBeLessThan(4 + 1 + 3 * quick);
    const stopped = runSingleInstance(around, hard, 60, 3);
    expect(stopped.result).toBe('run_instance_timeout: timeout');
    expect(stopped.seconds).toBeLessThan(3 + 1 + 3 * quick);
    expect(readdirSync(recordsFolder())).toEqual([]);
  });
});

const recordsFolder = (): string => join(around.scratch, `certprune-vnncomp-${process.getuid!()}`);

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie has been ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

/** Waits until something is there. */
async function until<T>(found: () => T | undefined): Promise<T> {
  for (;;) {
    const value = found();
    if (value !== undefined) return value;
    await wait(50);
  }
}

describe.skipIf(!existsSync('/proc/self/stat'))('prepare_instance', () => {
  it('keeps a verdict that is there, however the command ends', () => {
    const main = join(elsewhere, 'falls.mjs');
    writeFileSync(
      main,
      `import { writeFileSync } from 'node:fs';
      const path = process.argv.find((word) => word.startsWith('--results=')).slice('--results='.length);
      if (process.env.WORD) writeFileSync(path, process.env.WORD + '\\n');
      process.exit(2);`,
    );
    const left = (word: string): string =>
      runSingleInstance(
        { ...around, env: { CERTPRUNE_MAIN: main, NODE_OPTIONS: undefined, WORD: word } },
        { onnx: files.onnx, vnnlib: files.safe },
        20,
      ).result;
    expect(left('unsat')).toBe('unsat');
    expect(left('')).toMatch(/^error/);
  });

  it('ends what a killed instance left, and nothing that is running for somebody', async () => {
    const hard = hardInstance();
    const started = spawn(
      script('run_instance.sh', around),
      ['v1', 'test', hard.onnx, hard.vnnlib, 'left.txt', '100'],
      { cwd: around.cwd, env: environment(around), stdio: 'ignore' },
    );
    const record = await until(() =>
      existsSync(recordsFolder()) ? readdirSync(recordsFolder())[0] : undefined,
    );
    const child = await until(() => {
      const pid = Number(readFileSync(join(recordsFolder(), record), 'utf8').split(' ')[2]);
      return pid > 0 ? pid : undefined;
    });
    const prepare = () => call('prepare_instance.sh', 'v1', 'test', hard.onnx, hard.vnnlib).status;
    expect(prepare()).toBe(0);
    expect(alive(child)).toBe(true);
    // Killed without a warning: the word in the file is a legal one, the command is still at work.
    started.kill('SIGKILL');
    await until(() => (alive(started.pid!) ? undefined : true));
    expect(readFileSync(join(around.cwd, 'left.txt'), 'utf8')).toBe('unknown\n');
    expect(alive(child)).toBe(true);
    expect(prepare()).toBe(0);
    await until(() => (alive(child) ? undefined : true));
    expect(readdirSync(recordsFolder())).toEqual([]);
  });

  it('leaves foreign processes alone, whatever a record says', async () => {
    const foreign = spawn('sleep', ['60'], { stdio: 'ignore' });
    try {
      const { pid } = foreign;
      // Numbers without a start, with another start, and not numbers at all.
      const records = [`1 1 ${pid} `, `1 1 ${pid} 12345`, `1 1 -1 1`, `1 1 1 1`, 'a b c d', ''];
      records.forEach((text, i) => writeFileSync(join(recordsFolder(), `r${i}`), text));
      expect(call('prepare_instance.sh', 'v1', 'test', files.onnx, files.safe).status).toBe(0);
      expect(alive(pid!)).toBe(true);
    } finally {
      foreign.kill();
    }
  });

  it('neither reads nor writes through a folder that somebody else has laid out', () => {
    const scratch = folderIn(elsewhere, 'shared');
    const trap = folderIn(elsewhere, 'trap');
    const victim = join(trap, 'precious');
    writeFileSync(victim, 'precious');
    symlinkSync(trap, join(scratch, `certprune-vnncomp-${process.getuid!()}`));
    const { result } = runSingleInstance(
      { ...around, scratch },
      { onnx: files.onnx, vnnlib: files.safe },
      60,
    );
    expect(result).toBe('unsat');
    expect(readdirSync(trap)).toEqual(['precious']);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('keeps its records to this user', () => {
    expect(statSync(recordsFolder()).mode & 0o777).toBe(0o700);
  });
});

describe('the scripts', () => {
  it('know their version and their arguments', () => {
    expect(call('run_instance.sh', 'v2', 'test').stderr).toContain('usage: run_instance.sh v1');
    expect(call('prepare_instance.sh').status).toBe(1);
    expect(call('install_tool.sh', 'v9').stderr).toContain('usage: install_tool.sh v1');
  });

  it('refuse a limit that is none, in words and in the file', () => {
    const { status, stderr } = call(
      'run_instance.sh',
      'v1',
      'test',
      files.onnx,
      files.safe,
      'limit.txt',
      'soon',
    );
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the limit in seconds'),
    });
    expect(readFileSync(join(around.cwd, 'limit.txt'), 'utf8')).toBe('error\n');
  });
});

const published = sharedPath('vnncomp/test');

describe.skipIf(published === undefined)('the harness on published instances', () => {
  it.each([
    ['test_nano.onnx', 'test_nano.vnnlib', 'unsat'],
    ['test_sat.onnx', 'test_prop.vnnlib', 'sat'],
  ])('%s %s: %s', async (onnx, vnnlib, word) => {
    const asked = { onnx: join(published!, onnx), vnnlib: join(published!, vnnlib) };
    const { result, counterexample } = runSingleInstance(around, asked, 60);
    expect(result).toBe(word);
    if (word === 'sat') expect(await counterexampleHolds(asked, counterexample)).toBe(true);
  });
});
