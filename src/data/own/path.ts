/** @file Which names of data sets are paths, and how those are spoken of. */
import { homedir } from 'node:os';
import { basename, join, resolve } from 'node:path';

/** A name with a separator, a leading dot, or the ending of a data file is a path; known names have none of these. */
export const isOwnPath = (name: string): boolean =>
  /[/\\]|^\.{1,2}$|^~/.test(name) || /\.(csv|tsv|npy|npz|idx|gz|ubyte|[ct]sv\.gz)$|-ubyte$/i.test(name);

/** The absolute path. @param folder what a relative one is relative to */
export const ownPath = (name: string, folder = '.'): string =>
  /^~(?=[/\\]|$)/.test(name) ? join(homedir(), name.slice(1)) : resolve(folder, name);

/** A data set's name as reports and lists show it. */
export const datasetLabel = (name: string): string => (isOwnPath(name) ? basename(name) : name);
