/** @file The packed package, installed into an empty folder with an empty cache, as on a machine that has only Node. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './command.testing.ts';

const place = mkdtempSync(join(tmpdir(), 'certprune-package-'));
const project = join(place, 'project');
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Neither settings of this npm, under which tests may run, nor what it keeps. */
const env: NodeJS.ProcessEnv = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:npm_|ONNXRUNTIME_|CERTPRUNE_)/i.test(name)),
  ),
  npm_config_cache: join(place, 'cache'),
  NO_COLOR: '1',
};

function run(cwd: string, command: string, ...args: string[]): SpawnSyncReturns<string> {
  const shell = process.platform === 'win32' && command !== process.execPath;
  return spawnSync(command, args, { cwd, env, shell, encoding: 'utf8' });
}

/** `certprune …args` of the installed package. */
const certprune = (...args: string[]): SpawnSyncReturns<string> =>
  run(project, process.execPath, join(project, 'node_modules/certprune/bin/certprune.js'), ...args);

let tarball = '';
let installed: SpawnSyncReturns<string>;
beforeAll(() => {
  const packed = run(root, 'npm', 'pack', '--json', '--pack-destination', place);
  if (packed.status !== 0) throw new Error(packed.stderr);
  tarball = join(
    place,
    readdirSync(place).find((name) => name.endsWith('.tgz'))!,
  );
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"name": "somebody", "private": true}\n');
  installed = run(project, 'npm', 'install', tarball);
});

describe('the package', () => {
  it('is small, and holds its docs and no tests', () => {
    expect(statSync(tarball).size).toBeLessThan(3e6);
    expect(installed.status, installed.stderr).toBe(0);
    const files = readdirSync(join(project, 'node_modules/certprune'), { recursive: true, encoding: 'utf8' });
    for (const wanted of ['README.md', 'LICENSE', 'docs/verification.md', 'dist/index.d.ts'])
      expect(files).toContain(join(wanted));
    expect(files.filter((name) => /\.(?:test|testing)\.|\.map$/.test(name))).toEqual([]);
  });

  it('keeps the script of ONNX Runtime from fetching, unless it is asked to', () => {
    const script = join(project, 'node_modules/onnxruntime-node/script/install.js');
    expect(run(project, process.execPath, script).status).toBe(0);
    const asked = run(project, process.execPath, script, '--onnxruntime-node-install-cuda=11');
    expect(asked.stderr).toContain('Invalid value for --onnxruntime-node-install-cuda');
  });

  it('verifies a network, and checks the certificate', () => {
    // y = relu(x) − 1 over 0 ≤ x ≤ 1, written down by the library itself.
    const program = `
      const { encodeModel, sequential, toOnnx } = require('certprune');
      const network = sequential('line', [1]).linear(1).relu().linear(1).build();
      const numbers = Object.fromEntries(
        [['fc1.weight', 1], ['fc1.bias', 0], ['fc2.weight', 1], ['fc2.bias', -1]].map(([key, x]) => [key, Float32Array.of(x)]),
      );
      require('node:fs').writeFileSync('line.onnx', encodeModel(toOnnx(network, numbers)));`;
    writeFileSync(join(project, 'write.cjs'), program);
    const written = run(project, process.execPath, 'write.cjs');
    expect(written.status, written.stderr).toBe(0);
    const property = (threshold: number): string =>
      '(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (>= X_0 0))\n(assert (<= X_0 1))\n' +
      `(assert (>= Y_0 ${threshold}))\n`;
    writeFileSync(join(project, 'holds.vnnlib'), property(0.5));
    writeFileSync(join(project, 'breaks.vnnlib'), property(-0.5));
    const ask = (name: string, ...more: string[]) =>
      certprune('verify', '--onnx', 'line.onnx', '--vnnlib', `${name}.vnnlib`, '--timeout', '60', ...more);
    const holds = ask('holds', '--certificate', 'holds.certificate');
    expect(holds.stdout, holds.stderr).toMatch(/^unsat/);
    const breaks = ask('breaks');
    expect(breaks.stdout, breaks.stderr).toMatch(/^sat/);
    const checked = certprune('check', 'holds.certificate');
    expect(checked.status, checked.stdout + checked.stderr).toBe(0);
  });

  describe('as a library', () => {
    const examples = join(project, 'node_modules/certprune/docs/api/examples');
    const names = readdirSync(join(root, 'docs/api/examples')).map((file) => file.replace(/\.ts$/, ''));

    it('has types that TypeScript reads from 5.4 on, in ES modules and in CommonJS', () => {
      const tools = ['typescript@5.4.5', '@types/node@20.19.43'];
      const got = run(project, 'npm', 'install', '--no-save', ...tools, tarball);
      expect(got.status, got.stderr).toBe(0);
      for (const name of names) cpSync(join(examples, `${name}.ts`), join(project, 'esm', `${name}.mts`));
      writeFileSync(
        join(project, 'old.cts'),
        "import { check } from 'certprune';\ncheck satisfies Function;\n",
      );
      const tsc = (...args: string[]): void => {
        const compiled = run(
          project,
          process.execPath,
          'node_modules/typescript/bin/tsc',
          '--strict',
          ...args,
        );
        expect(compiled.stdout).toBe('');
        expect(compiled.status).toBe(0);
      };
      const sources = names.map((name) => join('esm', `${name}.mts`));
      tsc('--target', 'es2022', '--module', 'nodenext', '--outDir', 'built', ...sources);
      tsc('--target', 'es2022', '--module', 'commonjs', '--esModuleInterop', '--noEmit', 'old.cts');
    });

    it.each(names)('does what the example %s shows', (name) => {
      const folder = join(project, name);
      mkdirSync(folder);
      const done = run(folder, process.execPath, join(project, 'built', `${name}.mjs`));
      expect(done.status, done.stdout + done.stderr).toBe(0);
      expect(done.stderr).toBe('');
      expect(done.stdout).not.toBe('');
      expect(done.stdout).not.toMatch(/^false$/m);
    });
  });

  it('starts quickly', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    // In seconds of the processor, which what runs beside the test does not lengthen.
    const told =
      'data:text/javascript,process.on("exit",()=>console.error(JSON.stringify(process.cpuUsage())))';
    const file = join(project, 'node_modules/certprune/bin/certprune.js');
    const help = run(project, process.execPath, '--import', told, file, '--help');
    expect(help.stdout).toContain('Usage: certprune');
    const { user, system } = JSON.parse(help.stderr) as NodeJS.CpuUsage;
    expect((user + system) / 1e6).toBeLessThan(0.5);
    expect(certprune('--version').stdout.trim()).toBe(version);
  });
});
