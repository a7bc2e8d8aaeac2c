/** @file The page docs/configuration.md, written from the schema and the families. */
import type { Member } from '../../family/family.ts';
import { optionKey, type Option } from '../../family/option.ts';
import { families } from './families.ts';
import { keyGroups, type KeyGroup } from './keyList.ts';

const head = [
  '# Configuration',
  '',
  '<!-- Written by `npm run build` from the schema and the families in src: change those, not this page. -->',
  '',
  'A run is told by one YAML file, `certprune run --config study.yaml`, or by a preset; `key=value` on the command',
  'line lies over it, with dotted keys for groups (`verify.timeout=30`). Only `trainer` has to be given. What is left',
  'out has its default; an unknown key is an error. Behind a sentence stand the members of the families below that',
  'read the key, where it is theirs. `certprune list` shows the families in the terminal.',
  '',
  '## Keys',
  '',
];

const code = (text: string): string => `\`${text}\``;

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text) => text.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

const keyTable = ({ entries }: KeyGroup): string =>
  table(
    ['key', 'value', 'default', 'what it says', 'example'],
    entries.map(({ key, type, fallback, sentence, example }) => [
      code(key),
      type,
      fallback === undefined ? '' : code(fallback),
      sentence,
      code(`${key}=${example}`),
    ]),
  );

const memberRow = ({ name, title, sentence, options = {} }: Member): string[] => [
  code(name),
  title,
  sentence,
  Object.entries<Option>(options)
    .map(([own, option]) => code(optionKey(name, own, option)))
    .join(', '),
];

/** The page as Markdown. */
export function configurationPage(): string {
  const [root, ...groups] = keyGroups();
  return [
    ...head,
    keyTable(root),
    ...groups
      .filter(({ entries }) => entries.length > 0)
      .flatMap((group) => ['', `### ${code(group.key)}`, '', group.sentence, '', keyTable(group)]),
    '',
    '## Families',
    ...families.flatMap(({ plural, key, members }) => [
      '',
      `### ${plural[0].toUpperCase()}${plural.slice(1)}${key === undefined ? '' : ` (${code(key)})`}`,
      '',
      table(['name', 'title', 'what it is', 'options'], members().map(memberRow)),
    ]),
    '',
  ].join('\n');
}
