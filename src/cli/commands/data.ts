/** @file `certprune data`: which datasets there are, fetching and checking them. */
import type { Command } from 'commander';
import { UserError } from '../../formats/userError.ts';
import { ownFlag, ownOptionNames } from '../../data/own/options.ts';
import type { CliContext } from '../context.ts';
import { addOwnFlags, ownOptionsOf, type OwnTexts } from '../ownDataFlags.ts';
import type { Column } from '../table.ts';

interface DataOptions extends OwnTexts {
  readonly dir?: string;
  readonly json?: true;
}

/** Adds `data list | get | check`. */
export function addDataCommand(program: Command, context: CliContext): void {
  const data = program
    .command('data')
    .description('List, fetch and check datasets.')
    .addHelpText(
      'after',
      `
Examples:
  certprune data list
  certprune data list ./pictures --resize 32
  certprune data list patients.csv --label-column ill --fixed-features sex,job_*
  certprune data get cifar10
  certprune data check mnist --json`,
    );
  const sub = (name: string, description: string): Command =>
    data
      .command(name)
      .description(description)
      .option('--dir <folder>', 'data directory (default: $CERTPRUNE_DATA or ~/.cache/certprune)')
      .option('--json', 'print JSON');

  addOwnFlags(
    sub('list', 'All datasets, and whether they lie on this machine; or what data of your own holds.')
      .argument('[path]', 'data of your own: a folder or file')
      .action((path: string | undefined, options: DataOptions) =>
        path === undefined ? list(options, context) : listOwn(path, options, context),
      ),
  );
  sub('get', 'Fetch a dataset from its official source; a broken-off download is continued.')
    .argument('<name>', 'dataset')
    .action((name: string, options: DataOptions) => get(name, options, context));
  sub('check', 'Read datasets and compare sizes, checksums and counts with what is published.')
    .argument('[names...]', 'datasets (default: all that lie on this machine)')
    .action((names: string[], options: DataOptions) => check(names, options, context));
}

async function listOwn(path: string, options: DataOptions, context: CliContext): Promise<void> {
  const [{ describeOwn }, { ownPath }, { datasets }, { ownDataText }] = await Promise.all([
    import('../../data/own/describe.ts'),
    import('../../data/own/path.ts'),
    import('../../data/datasets.ts'),
    import('../ownDataText.ts'),
  ]);
  if (datasets.has(path))
    throw new UserError(
      `${path} is a known data set: certprune data check ${path} reads it; a folder of that name is ./${path}.`,
    );
  const found = describeOwn(ownPath(path), ownOptionsOf(options));
  context.out(options.json ? JSON.stringify(found, null, 2) : ownDataText(found));
}

async function list(options: DataOptions, context: CliContext): Promise<void> {
  const stray = ownOptionNames.find((name) => options[name] !== undefined);
  if (stray !== undefined)
    throw new UserError(`${ownFlag(stray)} is for data of your own: name its folder or file before it.`);
  const [{ listDatasets }, { renderTable }, { formatCount }] = await Promise.all([
    import('../../data/catalogue.ts'),
    import('../table.ts'),
    import('../format.ts'),
  ]);
  const entries = listDatasets({ dataDirectory: options.dir });
  if (options.json) return context.out(JSON.stringify(entries, null, 2));
  const columns: readonly Column<(typeof entries)[number]>[] = [
    ['name', (entry) => entry.name],
    ['here', (entry) => (entry.present ? 'yes' : 'no')],
    ['images', (entry) => entry.shape.join('×')],
    ['classes', (entry) => String(entry.classes), 'right'],
    ['training', (entry) => formatCount(entry.trainCount), 'right'],
    ['test', (entry) => formatCount(entry.testCount), 'right'],
    [
      'where',
      ({ name, present, folders, downloadable, origin }) =>
        present ? folders.join(', ') : downloadable ? `certprune data get ${name}` : origin,
    ],
  ];
  context.out(renderTable(columns, entries));
}

async function get(name: string, options: DataOptions, context: CliContext): Promise<void> {
  const signal = context.interruptible(context.commandLine);
  const [{ getDataset }, { downloadProgress }] = await Promise.all([
    import('../../data/catalogue.ts'),
    import('../downloadProgress.ts'),
  ]);
  const progress = downloadProgress(context.progressStream);
  const result = await getDataset(name, {
    dataDirectory: options.dir,
    signal,
    onProgress: options.json ? undefined : progress.listener,
  }).finally(progress.finish);
  if (options.json) context.out(JSON.stringify(result, null, 2));
  else if (result.ok)
    context.out(`${result.name}: ${result.downloaded ? 'fetched' : 'here already'}, every file checked.`);
  if (!result.ok) throw new UserError(result.problem ?? `${name} is damaged.`);
}

async function check(names: readonly string[], options: DataOptions, context: CliContext): Promise<void> {
  const { checkDataset, listDatasets } = await import('../../data/catalogue.ts');
  const data = { dataDirectory: options.dir };
  const chosen =
    names.length > 0 ? names : listDatasets(data).flatMap((entry) => (entry.present ? [entry.name] : []));
  if (chosen.length === 0) throw new UserError('No dataset lies on this machine. See: certprune data list');
  const results = chosen.map((name) => checkDataset(name, data));
  if (options.json) context.out(JSON.stringify(results, null, 2));
  else {
    for (const { name, ok, files } of results) {
      if (!ok) continue;
      context.out(`${name}: ok`);
      for (const file of files) context.out(`  ${file.sha256}  ${file.path}`);
    }
  }
  const problems = results.flatMap(({ ok, problem }) => (ok ? [] : [problem ?? 'damaged']));
  if (problems.length > 0) throw new UserError(problems.join('\n'));
}
