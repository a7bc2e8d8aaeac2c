/** @file Every family whose members a configuration names, or whose options it gives. */
import { datasets } from '../../data/datasets.ts';
import { ownForms } from '../../data/own/ownData.ts';
import type { Family, Member } from '../../family/family.ts';
import { optionKey, sameOption, type Option } from '../../family/option.ts';
import { UserError } from '../../formats/userError.ts';
import { optimizers } from '../../nn/optimizers/optimizers.ts';
import { models } from '../../nn/zoo/models.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { rewindings } from '../../prune/rewind.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { initializations } from '../../train/initializations.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import { regularizers } from '../../train/regularizers/regularizers.ts';
import { radiusSchedules } from '../../train/schedules/epsilon.ts';
import { rateSchedules } from '../../train/schedules/learningRate.ts';
import { branchingHeuristics } from '../../verify/branching/table.ts';

/** In the order of what a run does with them. */
export const families: readonly Family<Member>[] = [
  datasets,
  ownForms,
  models,
  initializations,
  objectives,
  regularizers,
  optimizers,
  rateSchedules,
  radiusSchedules,
  criteria,
  maskingSchedules,
  rewindings,
  branchingHeuristics,
];

/** An option with all who read it. */
export interface Declared {
  readonly key: string;
  /** Without a default where the readers have several. */
  readonly option: Option;
  readonly readers: readonly Reader[];
}

/** A member that reads an option, under its own name for it. */
export interface Reader {
  readonly family: Family<Member>;
  readonly member: string;
}

/** Groups that hold what one chosen member is told: members may differ in defaults, and the original writes them as texts. */
export const openGroups: readonly string[] = ['scheduler_opts', 'bound_opts'];

const isOpen = (key: string): boolean => openGroups.includes(key.split('.')[0]);

/**
 * The options of all members by their dotted keys.
 * @throws UserError where two members mean different things by one key, or a key is a value here and a group there
 */
export function declaredOptions(): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  for (const family of families)
    for (const { name, options = {} } of family.members())
      for (const [own, option] of Object.entries(options)) {
        const key = optionKey(name, own, option);
        const before = found.get(key);
        if (before && !sameOption(before.option, option, !isOpen(key)))
          throw new UserError(
            `The option '${own}' of the ${family.kind} '${name}' has the key ${key}, by which ` +
              `${before.readers[0].member} means something else. Give it another key.`,
          );
        const readers = [...(before?.readers ?? []), { family, member: name }];
        const agreed = before === undefined || sameOption(before.option, option, true);
        const { default: _, ...rest } = option;
        found.set(key, { key, option: agreed ? option : rest, readers });
      }
  return found;
}

/** Who reads an option, in words: `refill`, `gmp, rigl`, or `every optimiser`. */
export function readersText({ readers }: Declared): string {
  const parts = families.flatMap((family) => {
    const members = readers.filter((reader) => reader.family === family).map(({ member }) => member);
    if (members.length === 0) return [];
    return members.length > 1 && members.length === family.members().length
      ? [`every ${family.kind}`]
      : members;
  });
  return [...new Set(parts)].join(', ');
}
