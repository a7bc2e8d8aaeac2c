/** @file The pages of docs/api: every export of the library with its comment, its declaration and a program that uses it. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const examplesFolder = join(root, 'docs/api/examples');

/** Declarations of a compiled module: name → text and comment. Re-exports point to where the name is declared. */
const modules = new Map();

function moduleOf(path) {
  if (modules.has(path)) return modules.get(path);
  const text = readFileSync(join(root, 'dist', path), 'utf8');
  const { program, comments } = parseSync(path, text);
  const declared = new Map();
  const elsewhere = new Map();
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration') continue;
    const { declaration, specifiers, source } = node;
    const names = declaration?.declarations?.map(({ id }) => id.name) ?? [declaration?.id?.name];
    if (declaration)
      for (const name of names) declared.set(name, { text, node, comment: commentOf(comments, text, node) });
    if (source)
      for (const { local, exported } of specifiers)
        elsewhere.set(exported.name, {
          name: local.name,
          path: posix.join(posix.dirname(path), declarationsOf(source.value)),
        });
  }
  const found = { declared, elsewhere };
  modules.set(path, found);
  return found;
}

const declarationsOf = (path) => path.replace(/\.ts$/, '.d.ts');

/** The text of the comment that ends right before a node. */
function commentOf(comments, text, node) {
  const before = comments.findLast(
    ({ end }) => end <= node.start && text.slice(end, node.start).trim() === '',
  );
  return before?.type === 'Block' && before.value.startsWith('*') ? before.value.slice(1) : '';
}

function declarationOf(path, name) {
  const { declared, elsewhere } = moduleOf(path);
  if (declared.has(name)) return declared.get(name);
  const next = elsewhere.get(name);
  if (!next) throw new Error(`${path} declares no ${name}`);
  return declarationOf(next.path, next.name);
}

/** Sections of src/index.ts by their comments: title → exports in order. */
function sections() {
  const text = readFileSync(join(root, 'src/index.ts'), 'utf8');
  const { program, comments } = parseSync('index.ts', text);
  const titles = comments.filter(({ type }) => type === 'Line');
  const found = new Map();
  for (const { start, exportKind, specifiers, source } of program.body) {
    const title = titles.findLast((comment) => comment.end <= start).value.trim();
    const list = found.get(title) ?? [];
    found.set(title, list);
    for (const { exported, exportKind: own } of specifiers)
      list.push({
        name: exported.name,
        isType: exportKind === 'type' || own === 'type',
        path: declarationsOf(source.value.replace(/^\.\//, '')),
      });
  }
  return found;
}

/** Example programs: what they import, and their text. */
export function examples() {
  return readdirSync(examplesFolder)
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(examplesFolder, file), 'utf8');
      const own = parseSync(file, text).program.body.find(
        ({ type, source }) => type === 'ImportDeclaration' && source.value === 'certprune',
      );
      return { file, text, names: own.specifiers.map(({ imported }) => imported.name) };
    });
}

/** Names that are there when the program runs: functions, objects, classes. */
export const valueExports = () =>
  [...sections().values()].flat().flatMap(({ name, isType }) => (isType ? [] : [name]));

/** A doc comment as Markdown: tags become words, a leading star goes. */
function prose(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  return lines
    .join('\n')
    .trim()
    .replaceAll(/ *@param (\S+)/g, '\n- `$1`:')
    .replaceAll(/ *@returns/g, '\n- returns')
    .replaceAll(/ *@throws/g, '\n- throws')
    .replaceAll(/\n\n- /g, '\n- ')
    .replace(/\n- /, '\n\n- ');
}

const slug = (title) => title.toLowerCase().replaceAll(/[^a-z]+/g, '-');

const declarationText = ({ text, node }) =>
  text
    .slice(node.start, node.end)
    .replace(/^export (declare )?/, '')
    .trimEnd();

function entry({ name, path }, programs) {
  const declaration = declarationOf(path, name);
  const comment = prose(declaration.comment);
  const program = programs
    .filter(({ names }) => names.includes(name))
    .reduce(
      (best, one) => (best === undefined || one.names.length < best.names.length ? one : best),
      undefined,
    );
  return [
    `## ${name}`,
    ...(comment === '' ? [] : [comment]),
    `\`\`\`ts\n${declarationText(declaration)}\n\`\`\``,
    ...(program ? [`Example: [\`${program.file}\`](examples/${program.file})`] : []),
  ].join('\n\n');
}

/** Path from the project's root → text; `dist` must be built. */
export function apiPages() {
  const programs = examples();
  const parts = [...sections()];
  const note = '<!-- Written by npm run build from the comments of the sources. -->';
  const pages = parts.map(([title, list]) => {
    const used = programs.filter(({ names }) => list.some(({ name }) => names.includes(name)));
    const main = used.toSorted(
      (a, b) =>
        b.names.filter((n) => list.some(({ name }) => n === name)).length -
        a.names.filter((n) => list.some(({ name }) => n === name)).length,
    )[0];
    const text = [
      note,
      `# ${title}`,
      ...(main ? [`\`\`\`ts\n${main.text.trimEnd()}\n\`\`\``] : []),
      ...list.map((one) => entry(one, programs)),
    ];
    return [`docs/api/${slug(title)}.md`, `${text.join('\n\n')}\n`];
  });
  const index = [
    note,
    '# The library',
    "Everything of `import { … } from 'certprune'`, or of `require('certprune')`. Long work is a `Work`: an async iterator of\n" +
      'its progress, and a `result`; a signal ends it. The programs in [`examples`](examples) are compiled and run by the tests.',
    parts
      .map(
        ([title, list]) =>
          `- [${title}](${slug(title)}.md): ${list.map(({ name }) => `\`${name}\``).join(', ')}`,
      )
      .join('\n'),
    programs
      .map(
        ({ file, text }) =>
          `- [\`${basename(file)}\`](examples/${file}): ${text.split('\n')[0].replace(/^\/\/ /, '')}`,
      )
      .join('\n'),
  ];
  return Object.fromEntries([...pages, ['docs/api/README.md', `${index.join('\n\n')}\n`]]);
}
