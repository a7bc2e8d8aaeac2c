/** @file The families for the terminal. */
import type { FamilyText, OptionText } from '../run/config/describeFamilies.ts';
import { renderTable, wrapped } from './table.ts';

/** One line a family. */
export const overviewText = (families: readonly FamilyText[]): string =>
  renderTable(
    [
      ['family', ({ family }) => family],
      ['key', ({ key = '' }) => key],
      ['members', ({ members }) => String(members.length), 'right'],
    ],
    families,
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
