/** @file First command in a fresh clone: installs and builds what is missing, then starts or tests certprune. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const at = (...parts) => join(root, ...parts);
const usage =
  'usage: node scripts/bootstrap.js install | build | start [run options] | test [vitest options]';

/** Node 20.19 is the oldest that loads ES modules through require, as the tools expect. */
function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `certprune needs Node 20.19 or newer; this is Node ${process.versions.node}. ` +
      'Install a newer one from https://nodejs.org and run the same command again.',
  );
}

function say(text) {
  process.stderr.write(`certprune: ${text}\n`);
}

function fail(text, code = 1) {
  say(text);
  process.exit(code);
}

/** Runs one step with a line before and a line with its duration after; leaves with the step's code if it fails. */
function step(title, command, args, env = process.env) {
  say(`${title} …`);
  const start = performance.now();
  const done = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (done.error) fail(`${title}: cannot run ${command}: ${done.error.message}`);
  if (done.signal === 'SIGINT') fail(`${title}: interrupted`, 130);
  if (done.signal !== null) fail(`${title}: ended by ${done.signal}`);
  if (done.status !== 0) fail(`${title}: failed with exit code ${done.status}`, done.status);
  say(`${title}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own record last, so an
 * interrupted install has none; packages for other platforms are optional and may be missing.
 */
function isInstalled() {
  const record = at('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  delete wanted[''];
  return Object.entries(wanted).every(([path, { integrity, optional }]) =>
    path in present ? present[path].integrity === integrity : optional === true,
  );
}

/** Installs from the lock file. The variable keeps onnxruntime-node from fetching CUDA where scripts are allowed. */
function install() {
  if (isInstalled()) return;
  const npm = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : undefined;
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  if (npm) step('installing dependencies (npm ci)', process.execPath, [npm, 'ci', '--no-progress'], env);
  else step('installing dependencies (npm ci)', 'npm', ['ci', '--no-progress'], env);
  if (!isInstalled()) fail('npm ci ended well but node_modules does not match package-lock.json');
}

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Hash of everything the compiled code depends on: sources, settings, locked packages. */
function sourceHash() {
  const hash = createHash('sha256');
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/bootstrap.js'].map(
    (name) => at(name),
  );
  for (const file of [...settings, ...sourceFiles(at('src'))]) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Typed arrays are generic since TypeScript 5.7; declarations name them as compilers from 5.4 on know them. */
function readableByOlderCompilers(folder) {
  const generic = /\b((?:Float|Uint|Int|BigInt|BigUint)\d+(?:Clamped)?Array)<ArrayBuffer(?:Like)?>/g;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const text = readFileSync(join(folder, name), 'utf8');
    if (generic.test(text)) writeFileSync(join(folder, name), text.replace(generic, '$1'));
  }
}

/** Compiles src/ into dist/, beside it first, so that a failed or interrupted build leaves the old one whole. */
function build() {
  const stamp = at('dist', '.sources.sha256');
  const hash = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  const tsc = at('node_modules', 'typescript', 'bin', 'tsc');
  const fresh = at('dist.building');
  rmSync(fresh, { recursive: true, force: true });
  step('building', process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh]);
  mkdirSync(fresh, { recursive: true });
  readableByOlderCompilers(fresh);
  writeFileSync(join(fresh, '.sources.sha256'), hash);
  rmSync(at('dist'), { recursive: true, force: true });
  renameSync(fresh, at('dist'));
}

/** Writes the files that follow from the code: the configuration's JSON Schema and its page, the pages of the library. */
async function generate() {
  const { generatedFiles } = await import(pathToFileURL(at('dist', 'run', 'config', 'generated.js')).href);
  const { apiPages } = await import('./apiPages.js');
  for (const [path, text] of Object.entries({ ...generatedFiles(), ...apiPages() })) {
    if (existsSync(at(path)) && readFileSync(at(path), 'utf8') === text) continue;
    writeFileSync(at(path), text);
    say(`wrote ${path}`);
  }
}

/**
 * Goes on as another program in this same process: signals, terminal and exit code need no passing on,
 * so Ctrl-C reaches the command line's own handler once and its exit code (130) is npm's.
 */
async function become(file, args) {
  process.chdir(root);
  process.argv.splice(1, Infinity, file, ...args);
  await import(pathToFileURL(file).href);
}

/**
 * A signal that ends npm (SIGTERM from a supervisor) ends its shell too, but not what the shell started;
 * the run, left without its parent, then interrupts itself, so that it saves its state and stops.
 */
function stopWithParent() {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGINT');
  }, 250);
  timer.unref();
}

const has = (args, ...names) =>
  args.some((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));

checkNode();
const [command, ...args] = process.argv.slice(2);
if (!['install', 'build', 'start', 'test'].includes(command)) fail(usage, 2);
install();
if (command !== 'install') build();
if (command === 'build') await generate();
if (command === 'start') {
  const preset = has(args, '--preset', '--config') ? [] : ['--preset', 'mnist-quick'];
  stopWithParent();
  await become(at('bin', 'certprune.js'), ['run', ...preset, ...args]);
}
if (command === 'test') {
  // Built a moment ago: what the tests start beside themselves need not read TypeScript.
  process.env.CERTPRUNE_COMPILED = '1';
  const project = has(args, '--project') ? [] : ['--project', 'unit*', '--project', 'series*'];
  await become(at('node_modules', 'vitest', 'vitest.mjs'), ['run', ...project, ...args]);
}
