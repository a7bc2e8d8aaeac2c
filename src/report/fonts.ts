/** @file Finds a font for PNG text on this machine; the package itself ships none. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const home = homedir();

/** Where operating systems keep fonts. */
const FOLDERS: readonly string[] = [
  '/usr/share/fonts/truetype/dejavu',
  '/usr/share/fonts/truetype/liberation',
  '/usr/share/fonts/truetype/liberation2',
  '/usr/share/fonts/truetype/noto',
  '/usr/share/fonts/truetype/open-sans',
  '/usr/share/fonts/truetype/freefont',
  '/usr/share/fonts/dejavu-sans-fonts',
  '/usr/share/fonts/dejavu',
  '/usr/share/fonts/liberation-sans',
  '/usr/share/fonts/TTF',
  '/usr/share/fonts/noto',
  '/System/Library/Fonts/Supplemental',
  '/Library/Fonts',
  join(process.env.WINDIR ?? 'C:\\Windows', 'Fonts'),
  join(home, '.local/share/fonts'),
  join(home, '.fonts'),
];

/** Regular and bold files of families that hold Latin, Greek and mathematical signs, best first. */
const FAMILIES: readonly (readonly [string, string])[] = [
  ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'],
  ['LiberationSans-Regular.ttf', 'LiberationSans-Bold.ttf'],
  ['NotoSans-Regular.ttf', 'NotoSans-Bold.ttf'],
  ['OpenSans-Regular.ttf', 'OpenSans-Bold.ttf'],
  ['FreeSans.ttf', 'FreeSansBold.ttf'],
  ['Arial.ttf', 'Arial Bold.ttf'],
  ['arial.ttf', 'arialbd.ttf'],
  ['segoeui.ttf', 'segoeuib.ttf'],
];

/**
 * Files of the first known font on this machine, regular first; empty where none is found. Loading two known files
 * takes a millisecond, searching all fonts of a desktop machine up to seconds.
 */
export function findFontFiles(folders: readonly string[] = FOLDERS): string[] {
  for (const names of FAMILIES) {
    for (const folder of folders) {
      const files = names.map((name) => join(folder, name));
      if (existsSync(files[0])) return files.filter((file) => existsSync(file));
    }
  }
  return [];
}
