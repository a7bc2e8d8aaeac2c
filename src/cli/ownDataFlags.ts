/** @file Flags about data of one's own, for commands that look at images. */
import type { Command } from 'commander';
import {
  ownFlag,
  ownOptionNames,
  ownOptions,
  parseOwnOption,
  type OwnOptionName,
  type OwnOptions,
} from '../data/own/options.ts';

/** What commander gives: texts. */
export type OwnTexts = { readonly [K in OwnOptionName]?: string };

/** Adds the flags. @param except names that the command has already */
export function addOwnFlags(command: Command, except: readonly OwnOptionName[] = []): Command {
  for (const name of ownOptionNames)
    if (!except.includes(name))
      command.option(`${ownFlag(name)} <value>`, ownOptions[name].sentence.replace(/\.$/, ''));
  return command;
}

/** The values given. @throws UserError naming the flag and what is expected */
export const ownOptionsOf = (texts: OwnTexts, except: readonly OwnOptionName[] = []): OwnOptions =>
  Object.fromEntries(
    ownOptionNames.flatMap((name) => {
      const text = texts[name];
      return text === undefined || except.includes(name) ? [] : [[name, parseOwnOption(name, text)]];
    }),
  );
