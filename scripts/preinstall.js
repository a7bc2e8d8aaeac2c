/**
 * @file Before npm runs the install script of onnxruntime-node: nothing is fetched unless it was asked for by name.
 *
 * That script fetches CUDA libraries on Linux x64 and fails the whole installation where it cannot, though all that the
 * CPU needs is in its package. npm runs the `preinstall` of every package before the `postinstall` of any.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const guard = `// Set before the installation by certprune: nothing is fetched unless a flag or a variable says what.
if (!/onnxruntime[_-]node[_-]install/i.test([...process.argv.slice(2), ...Object.keys(process.env)].join(' '))) process.exit(0);
`;

/** The script's path; undefined where it is not there, as after an installation of another kind. */
function installScript() {
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    return join(dirname(manifest), 'script', 'install.js');
  } catch {
    return undefined;
  }
}

const script = installScript();
if (script !== undefined) {
  const text = readFileSync(script, 'utf8');
  if (!text.startsWith(guard)) writeFileSync(script, guard + text);
}
