/** @file What an exported file says of the state that it holds: the question, the accuracies, the certificates. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../formats/userError.ts';
import type { RunConfig } from './config/schema.ts';
import { packageVersion } from './environment.ts';
import { runPaths } from './paths.ts';
import { readMeta } from './runDirectory.ts';
import { isVerified, readSummary, verdictDamage } from './verdictFiles.ts';

/**
 * SHA-256 of the list of certificates, as `cd FOLDER && find . -type f | LC_ALL=C sort | sed 's|^\./||' | xargs sha256sum |
 * sha256sum` has it; undefined where there are none.
 */
export function certificateListHash(folder: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  if (files.length === 0) return undefined;
  const list = createHash('sha256');
  for (const name of files)
    list.update(
      `${createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')}  ${name}\n`,
    );
  return list.digest('hex');
}

/** A state of a run. */
export interface ExportedState {
  readonly directory: string;
  readonly config: RunConfig;
  readonly state: number;
  readonly which: string;
}

/**
 * Keys begin with `certprune.`; what is not known is left out.
 * @param changed the file holds another network of the same function up to rounding: what was proved is not said of it
 * @throws UserError where the state's verdicts are damaged
 */
export function exportFacts(
  { directory, config, state, which }: ExportedState,
  changed: boolean,
): Record<string, string> {
  const paths = runPaths(directory);
  const meta = readMeta(paths, state);
  const files = paths.verify(state);
  const damage = verdictDamage(files);
  if (damage !== undefined)
    throw new UserError(`${damage}. Verify the state again with --fresh before it is exported.`);
  const summary = isVerified(files) ? readSummary(files) : undefined;
  const proved = summary?.which === which && !changed ? summary : undefined;
  const facts: Readonly<Record<string, string | number | undefined>> = {
    version: packageVersion(),
    run: config.name,
    state,
    checkpoint: which,
    dataset: config.dataset,
    input: 'pixels 0..1; the network normalises them itself where it wants that',
    epsilon: proved?.epsilon ?? config.eps,
    norm: String(config.norm),
    remaining: meta?.remainRatio,
    // Accuracies of the state are those of its last checkpoint, on the test set.
    accuracy: which === 'last' ? meta?.standard : undefined,
    accuracy_pgd: which === 'last' ? meta?.pgd : undefined,
    certified_share: proved?.certified,
    certified_images: proved?.images,
    certificates_sha256: proved && certificateListHash(files.certificates),
    compressed: changed
      ? 'channels removed or batch norms folded: nothing was proved of these very numbers'
      : undefined,
  };
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) =>
      value === undefined ? [] : [[`certprune.${key}`, String(value)]],
    ),
  );
}
