/** @file Options that are given to members which a configuration does not choose. */
import { declaredOptions, readersText, type Declared } from './families.ts';
import { valueAt, type ConfigSource, type Problem } from './source.ts';
import { trainerDefaults, type TrainerName } from './trainer.ts';

/** Keys that choose a member, some together with others. */
const choosers: Readonly<Record<string, readonly string[]>> = {
  objective: ['objective', 'bound_type', 'trainer'],
};

/**
 * Options without effect, which whoever wrote them meant to have one: given where another member is chosen in so many
 * words, and neither off nor at their default, as in a resolved configuration. A file's options stay without complaint
 * where the command line or an overlay chooses another member than the file did.
 * @param config what the source resolves to, by YAML keys
 */
export function misplacedOptions(source: ConfigSource, config: unknown, trainer: TrainerName): Problem[] {
  const isLine = (key: string): boolean => /^line \d+$/.test(source.place(key.split('.')) ?? '');
  const isOverride = (key: string): boolean => source.place(key.split('.'))?.startsWith('override') ?? false;
  const keysOf = (chooser: string): readonly string[] => choosers[chooser] ?? [chooser];
  const isGiven = (key: string): boolean => source.place(key.split('.')) !== undefined;
  /** A choice that an option's writer knew of. */
  const isKnown = (chooser: string, key: string): boolean =>
    keysOf(chooser).some(isGiven) &&
    (isOverride(key) || keysOf(chooser).every((part) => !isGiven(part) || isLine(part)));

  const isHarmless = ({ key, option }: Declared): boolean => {
    const value = valueAt(config, key.split('.'));
    const fallback = { ...trainerDefaults[trainer] }[key as 'lr'] ?? option.default;
    return value === 0 || value === false || JSON.stringify(value) === JSON.stringify(fallback);
  };

  return [...declaredOptions().values()].flatMap((declared): Problem[] => {
    const { key, readers } = declared;
    if (!isOverride(key) && !isLine(key)) return [];
    if (readers.some(({ family, member }) => !family.key || valueAt(config, [family.key]) === member))
      return [];
    const chooser = readers[0].family.key!;
    if (isHarmless(declared) || !isKnown(chooser, key)) return [];
    const chosen = String(valueAt(config, [chooser]));
    const message = `is read by ${readersText(declared)}, but ${chooser} is ${chosen}: leave it out, or choose another ${chooser}`;
    return [{ path: key.split('.'), message }];
  });
}
