/** @file Files of layers: a YAML or JSON file, or the `network.yaml` of a folder that `certprune import` made. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { namingFile } from '../../formats/readFile.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { parseYaml } from '../../formats/yaml.ts';
import { readArchitecture, type ArchitectureFile } from './architecture.ts';

/** Files of a network in its folder. */
export const networkFiles = (folder: string) => ({
  architecture: join(folder, 'network.yaml'),
  weights: join(folder, 'weights.safetensors'),
});

/** Whether a path is that of a folder. */
export const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Whether a file's name is that of layers. */
export const namesLayers = (path: string): boolean => /\.(ya?ml|json)$/.test(extname(path));

/** The file of layers that a path means; undefined where it means none. */
export function architectureFileOf(path: string): string | undefined {
  if (namesLayers(path) && existsSync(path)) return path;
  const { architecture } = networkFiles(path);
  return isFolder(path) && existsSync(architecture) ? architecture : undefined;
}

/** Named as the file where it says no name. @throws UserError naming the file and its fault */
export function readArchitectureFile(path: string): ArchitectureFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`Cannot read the architecture ${path}: ${systemFault(error)}.`);
  }
  return namingFile(path, () => {
    const read = readArchitecture(parseYaml(text));
    const name = basename(path, extname(path));
    return Array.isArray(read)
      ? { name, layers: read as unknown[] }
      : { name, ...(read as ArchitectureFile) };
  });
}
