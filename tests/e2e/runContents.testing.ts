/** @file Everything in a run directory that must not depend on time, for comparing two runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseCsv } from '../../src/formats/csv.ts';
import { readSafetensors } from '../../src/formats/safetensors.ts';

/** What a clock wrote, and checksums over it. */
const timed = new Set([
  'time',
  'seconds',
  'imagesPerSecond',
  'trainSeconds',
  'crc32',
  'checksum',
  'csv',
  'files',
]);

/** A JSON value without the fields that a clock wrote. */
function timeless(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(timeless);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (timed.has(key) ? [] : [[key, timeless(inner)]])),
  );
}

/** Bytes of every tensor, and the metadata without seconds. */
function checkpoint(path: string): unknown {
  const { tensors, metadata } = readSafetensors(path);
  const bytes = [...tensors].map(([name, { data, shape }]) => [
    name,
    shape.join('x'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64'),
  ]);
  return { bytes, metadata: timeless(metadata) };
}

function verdicts(path: string): unknown {
  const [header, ...rows] = parseCsv(readFileSync(path, 'utf8'));
  const kept = header.flatMap((name, i) => (timed.has(name) ? [] : [i]));
  return [header, ...rows].map((row) => kept.map((i) => row[i]).join(','));
}

/** Epochs and prunings of the log, in order; notes of resumptions left out. */
function events(path: string): unknown {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines
    .map((line) => timeless(JSON.parse(line)))
    .filter((e) => (e as { type: string }).type !== 'note');
}

/** Path in the run directory → content. The report, the environment and the TensorBoard events are not compared. */
export function contentsOf(run: string): Record<string, unknown> {
  const contents: Record<string, unknown> = { 'events.jsonl': events(join(run, 'events.jsonl')) };
  for (const folder of ['states', 'verify']) {
    for (const file of readdirSync(join(run, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      const path = join(run, folder, file);
      if (file.endsWith('.safetensors')) contents[`${folder}/${file}`] = checkpoint(path);
      else if (file.endsWith('.csv')) contents[`${folder}/${file}`] = verdicts(path);
      else if (file.endsWith('.json'))
        contents[`${folder}/${file}`] = timeless(JSON.parse(readFileSync(path, 'utf8')));
      else if (file.endsWith('.npy')) contents[`${folder}/${file}`] = readFileSync(path).toString('base64');
      else if (file.endsWith('.jsonl')) contents[`${folder}/${file}`] = 'left over';
    }
  }
  return contents;
}

/** Names of files that are not whole: those that cannot be read; temporary names are whole by rename. */
export function damagedFiles(run: string): string[] {
  if (!existsSync(run)) return [];
  return readdirSync(run, { recursive: true, encoding: 'utf8' }).filter((file) => {
    if (basename(file).startsWith('.')) return false;
    try {
      if (file.endsWith('.safetensors')) readSafetensors(join(run, file));
      else if (file.endsWith('.json')) JSON.parse(readFileSync(join(run, file), 'utf8'));
      return false;
    } catch {
      return true;
    }
  });
}
