/** @file The options of a family's member as a configuration gives them. */
import type { Member } from '../../family/family.ts';
import { optionKey, type Options, type OptionValues } from '../../family/option.ts';
import { camelCase } from './camelCase.ts';
import type { RunConfig } from './schema.ts';
import { valueAt } from './source.ts';

/** What the configuration says to a member, by the names of the member's options. */
export function memberOptions<O extends Options>(
  { name, options }: Member<O>,
  config: RunConfig,
): OptionValues<O> {
  return Object.fromEntries(
    Object.entries<Options[string]>(options ?? {}).map(([own, option]) => [
      own,
      valueAt(config, optionKey(name, own, option).split('.').map(camelCase)) ?? option.default,
    ]),
  ) as OptionValues<O>;
}
