/** @file The families for the terminal. */
import type { FamilyText, OptionText } from '../run/config/describeFamilies.ts';
import { renderTable } from './table.ts';
import { wrapped } from './wrapped.ts';

/** One line a family. */
export const overviewText = (families: readonly FamilyText[]): string =>
  renderTable(
    [{ title: 'family' }, { title: 'key' }, { title: 'members', align: 'right' }],
    families.map(({ family, key = '', members }) => [family, key, String(members.length)]),
  );

/** A text in lines of 80 cells, all of them moved to the right. */
const indented = (by: number, text: string): string =>
  wrapped(text, 80 - by).replaceAll(/^/gm, ' '.repeat(by));

const optionText = ({ key, sentence, choices, default: fallback }: OptionText): string => {
  const words = [
    sentence,
    ...(choices ? [`One of ${choices.join(', ')}.`] : []),
    ...(fallback === undefined ? [] : [`Default: ${JSON.stringify(fallback)}.`]),
  ];
  return indented(4, `${key}: ${words.join(' ')}`);
};

/** A family with its members and their options, in lines of 80 cells. */
export const familyText = ({ family, key, members }: FamilyText): string =>
  [
    key === undefined ? family : `${family} (${key})`,
    ...members.flatMap(({ name, title, sentence, options }) => [
      indented(2, `${name}${title === name ? '' : ` – ${title}`}: ${sentence}`),
      ...options.map(optionText),
    ]),
  ].join('\n');
