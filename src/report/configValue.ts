/** @file Single values of a run's stored configuration. */
import type { RunData } from './runData.ts';

/**
 * The value of the first of `keys` found in a configuration, the shallowest first; keys are snake_case, and a
 * configuration may group them under sections.
 */
export function configValue(config: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  let level: Readonly<Record<string, unknown>>[] = [config];
  while (level.length > 0) {
    for (const key of keys) {
      for (const section of level) {
        const value = section[key];
        if (value !== undefined && value !== null && typeof value !== 'object') return value;
      }
    }
    level = level.flatMap((section) =>
      Object.values(section).filter(
        (value): value is Record<string, unknown> =>
          typeof value === 'object' && value !== null && !Array.isArray(value),
      ),
    );
  }
  return undefined;
}

/** The value as text; undefined where no key is there. */
export function configText(run: RunData, ...keys: string[]): string | undefined {
  const value = configValue(run.config, keys);
  return value === undefined ? undefined : String(value);
}
