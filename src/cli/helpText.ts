/** @file The texts of `--help` in lines that fit a terminal. */
import { Command, type AddHelpTextContext, type AddHelpTextPosition } from 'commander';
import { displayWidth, wrapped } from './table.ts';

const columns = 80;

/** Paragraphs, lists of `term  description` and examples of commands, broken at 80 columns where they are wider. */
export function fittingHelp(text: string): string {
  const blocks: string[] = [];
  let open = false;
  for (const line of text.split('\n')) {
    const paragraph = /^\S/.test(line);
    if (paragraph && open) blocks.push(`${blocks.pop()}\n${line}`);
    else blocks.push(line);
    open = paragraph;
  }
  return blocks.map(fitting).join('\n');
}

function fitting(block: string): string {
  if (block.split('\n').every((line) => displayWidth(line) <= columns)) return block;
  if (/^\S/.test(block)) return wrapped(block.replaceAll('\n', ' '), columns, '');
  const [, indent, first] = /^( *)(.*)$/.exec(block)!;
  // The shell joins an example again.
  if (first.startsWith('certprune '))
    return indent + wrapped(first, columns - 2 - indent.length, `${indent}  `).replaceAll('\n', ' \\\n');
  const term = /^ *\S.*? {2,}/.exec(block.trimEnd())?.[0] ?? indent;
  const [lead, ...rest] = wrapped(block.slice(term.length), columns - displayWidth(term), '').split('\n');
  return [term + lead, ...rest.map((line) => ' '.repeat(displayWidth(term)) + line)].join('\n');
}

/** A command whose help fits, whatever is written into it; so do those that are added to it. */
export class FittingCommand extends Command {
  override createCommand(name?: string): Command {
    return new FittingCommand(name);
  }

  override addHelpText(position: AddHelpTextPosition, text: HelpText & string): this;
  override addHelpText(position: AddHelpTextPosition, text: HelpText & object): this;
  override addHelpText(position: AddHelpTextPosition, text: HelpText): this {
    return super.addHelpText(position, (context) =>
      fittingHelp(typeof text === 'string' ? text : text(context)),
    );
  }
}

type HelpText = string | ((context: AddHelpTextContext) => string);
