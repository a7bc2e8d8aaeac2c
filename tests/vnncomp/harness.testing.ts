/**
 * @file The competition's harness, replayed: prepare, then run under `timeout`, then read the results file. Steps, order
 * of arguments and limits are those of the organisers' run_single_instance.sh (2021-2026).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { loaderOptions } from '../../src/engine/threads/entry.ts';
import { satisfies, witnessOf } from './property.testing.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The installed command where it has just been compiled, else its sources. */
function command(): NodeJS.ProcessEnv {
  if (process.env['CERTPRUNE_COMPILED']) return {};
  const main = new URL('main.testing.ts', import.meta.url);
  return { CERTPRUNE_MAIN: fileURLToPath(main), NODE_OPTIONS: loaderOptions(main).join(' ') };
}

/** Where the scripts run, and with what. */
export interface Surroundings {
  /** The working directory, which is not the tool's. */
  readonly cwd: string;
  /** For temporary files. */
  readonly scratch: string;
  /** Folder of the scripts as it is called; default: the project's own. */
  readonly scripts?: string;
  /** Variables to set, or to leave out where undefined. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The environment of the scripts. */
export function environment({ scratch, env = {} }: Surroundings): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = {
    ...process.env,
    ...command(),
    TMPDIR: scratch,
    ...env,
  };
  for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name];
  return all;
}

/** Path of a script. */
export const script = (name: string, { scripts = join(root, 'vnncomp') }: Surroundings): string =>
  join(scripts, name);

/** Makes a symbolic link to the folder of scripts, as toolkits are laid out on the competition's machines. */
export function linkedScripts(folder: string): string {
  const link = join(folder, 'toolkit');
  symlinkSync(join(root, 'vnncomp'), link);
  return link;
}

/** What the harness notes of one instance. */
export interface Noted {
  /** The word, or what went wrong in the harness's own words. */
  readonly result: string;
  /** What stands behind `sat`. */
  readonly counterexample: string;
  readonly seconds: number;
}

/** One instance as the harness runs it. @param killSeconds after which the script is asked to end; default limit + 60 */
export function runSingleInstance(
  around: Surroundings,
  { onnx, vnnlib, results = 'out.txt' }: { onnx: string; vnnlib: string; results?: string },
  seconds: number,
  killSeconds = seconds + 60,
): Noted {
  const options = { cwd: around.cwd, env: environment(around), encoding: 'utf8' } as const;
  const prepared = spawnSync(
    'timeout',
    ['600', '/bin/bash', script('prepare_instance.sh', around), 'v1', 'test', onnx, vnnlib],
    options,
  );
  if (prepared.status !== 0)
    return { result: `prepare_instance_error_${prepared.status}`, counterexample: '', seconds: 0 };
  const path = join(around.cwd, results);
  if (results === 'out.txt') writeFileSync(path, 'no_result_in_file\n');
  const started = performance.now();
  const ran = spawnSync(
    'timeout',
    [
      String(killSeconds),
      '/bin/bash',
      script('run_instance.sh', around),
      'v1',
      'test',
      onnx,
      vnnlib,
      results,
      String(seconds),
    ],
    options,
  );
  const noted = { counterexample: '', seconds: (performance.now() - started) / 1000 };
  const [word, ...behind] = readFileSync(path, 'utf8').split('\n');
  if (ran.status === 124) return { ...noted, result: `run_instance_timeout: ${word}` };
  if (ran.status !== 0) return { ...noted, result: `error_exit_code_${ran.status}: ${word}` };
  return { ...noted, result: word, counterexample: behind.join('\n') };
}

const bytesOf = (path: string): Buffer => {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};

/**
 * Replays a counterexample as the scorer does: the inputs as 32-bit numbers through plain ONNX Runtime, then the
 * assertions on inputs and outputs without tolerance.
 */
export async function counterexampleHolds(
  { onnx, vnnlib }: { onnx: string; vnnlib: string },
  text: string,
): Promise<boolean> {
  const { inputs } = witnessOf(text);
  const x = Float32Array.from(inputs);
  if (inputs.some((value, i) => value !== x[i])) return false;
  const session = await InferenceSession.create(bytesOf(onnx), { executionProviders: ['cpu'] });
  const [input] = session.inputMetadata;
  if (!input.isTensor) throw new Error('the input is no tensor');
  const shape = input.shape.map((d) => (typeof d === 'number' && d > 0 ? d : 1));
  const output = (await session.run({ [input.name]: new Tensor('float32', x, shape) }))[
    session.outputNames[0]
  ];
  await session.release();
  return satisfies(bytesOf(vnnlib).toString('utf8'), x, output.data as Float32Array);
}

/** Makes a folder and returns its path. */
export function folderIn(parent: string, name: string): string {
  const path = join(parent, name);
  mkdirSync(path, { recursive: true });
  return path;
}
