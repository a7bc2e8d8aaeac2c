/** @file Where a configuration's relative paths may lie. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** Finds files that a configuration names. */
export interface Places {
  /** The file, or where it would be beside the configuration. */
  readonly find: (path: string, prefix?: string) => string;
  /** The file; undefined where it is in none of the places. */
  readonly present: (path: string) => string | undefined;
}

/** `~`, `$CONFIG_PATH` and `${CONFIG_PATH}` (the configuration's folder). */
const expanded = (path: string, folder: string): string =>
  path.replace(/^~(?=\/|$)/, homedir()).replace(/\$\{?CONFIG_PATH\}?/, folder);

/**
 * Looks in the root path, beside the configuration, in the folders above it (configurations lie in subfolders of the
 * verifier's own folder) and in the working directory.
 * @param folder of the configuration
 * @param root general.root_path
 */
export function placesOf(folder: string, root: string): Places {
  const rootPath = expanded(root, folder);
  const places = (path: string, prefix: string): string[] => {
    const plain = expanded(path, folder);
    if (isAbsolute(plain)) return [plain];
    const folders = [
      join(rootPath, prefix),
      rootPath,
      folder,
      '.',
      join(folder, '..'),
      join(folder, '../..'),
    ];
    return folders.flatMap((at) => [join(at, plain), join(folder, at, plain)]);
  };
  const present = (path: string, prefix = ''): string | undefined =>
    places(path, prefix).find((place) => existsSync(place));
  return {
    find(path, prefix) {
      const plain = expanded(path, folder);
      return present(path, prefix) ?? (isAbsolute(plain) ? plain : join(folder, plain));
    },
    present,
  };
}
