/** @file The charts of certified radii that belong to no run: as files. */
import { join } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import type { RadiusRow } from '../run/radii.ts';
import { chartOf } from './charts/chart.ts';
import { radiusBins, radiusCurve } from './charts/radius.ts';
import type { RunData } from './runData.ts';
import { drawCharts } from './writeReport.ts';

/** The radii of one network. */
export interface NetworkRadii {
  readonly state: number;
  readonly remainRatio?: number;
  readonly rows: readonly RadiusRow[];
}

/** Charts take runs: networks as states of one. */
const asRun = (networks: readonly NetworkRadii[]): RunData => ({
  name: '',
  directory: '',
  config: {},
  configText: '',
  environment: {} as RunData['environment'],
  states: networks.map(({ state, remainRatio = 1, rows }) => ({
    state,
    remainRatio,
    layers: [],
    epochs: [],
    radii: rows,
  })),
  notes: [],
  notices: [],
});

/**
 * Writes curve and histogram as SVG, PNG and CSV.
 * @param folder is there
 * @returns the files
 */
export async function writeRadiusCharts(
  networks: readonly NetworkRadii[],
  folder: string,
): Promise<string[]> {
  const contents = new Map<string, string | Uint8Array>();
  const run = asRun(networks);
  await drawCharts(
    [radiusCurve, radiusBins].flatMap((kind) => chartOf(kind, [run]) ?? []),
    '',
    contents,
  );
  for (const [name, content] of contents) writeFileAtomic(join(folder, name), content);
  return [...contents.keys()].map((name) => join(folder, name));
}
