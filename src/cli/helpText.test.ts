import { describe, expect, it } from 'vitest';
import { fittingHelp } from './helpText.ts';
import { captured } from './captured.testing.ts';
import { displayWidth } from './table.ts';

async function help(...argv: string[]): Promise<string> {
  const { out, err } = await captured([...argv, '--help']);
  return out + err;
}

/** Names of the commands that a help lists. */
const listed = (text: string): string[] =>
  [...(text.split('\nCommands:\n')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}([a-z]+)/gm)].map(
    ([, name]) => name,
  );

it('every help fits 80 columns', async () => {
  const top = await help();
  const commands = listed(top).filter((name) => name !== 'help');
  expect(commands).toContain('verify');
  const texts = [top];
  for (const name of commands) {
    const text = await help(name);
    texts.push(text);
    for (const inner of listed(text).filter((word) => word !== 'help')) texts.push(await help(name, inner));
  }
  const wide = texts.flatMap((text) => text.split('\n')).filter((line) => displayWidth(line) > 80);
  expect(wide).toEqual([]);
});

describe('a text that is too wide', () => {
  const words = Array.from({ length: 20 }, (_, i) => `word${i}`).join(' ');

  it('is broken as what it is: a paragraph, a list, a command', () => {
    expect(fittingHelp(`short\n${words}\nend`).split('\n')).toHaveLength(2);
    const [first, second] = fittingHelp(`  --term X   ${words}`).split('\n');
    expect(first).toMatch(/^ {2}--term X {3}word0 /);
    expect(second).toMatch(/^ {13}word\d+/);
    const command = fittingHelp(`Examples:\n  certprune verify ${words}`);
    expect(command).toMatch(/^Examples:\n {2}certprune verify word0 .* \\\n {4}word\d+/);
    expect(command.replaceAll(/ \\\n */g, ' ')).toBe(`Examples:\n  certprune verify ${words}`);
  });

  it('stays as it is where it fits', () => {
    expect(fittingHelp('one\ntwo\n\n  three   four')).toBe('one\ntwo\n\n  three   four');
  });
});
