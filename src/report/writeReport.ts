/** @file Writes the report of one run, or of several compared: a page, and every chart as SVG, PNG and CSV. */
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { makeFolder } from '../formats/makeFolder.ts';
import { recordsCsv } from '../formats/csv.ts';
import { systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';
import type { Chart } from './charts/chart.ts';
import { chartsOf, comparisonCharts } from './charts/charts.ts';
import { imagesCsv, studiesCsv, summaryCsv } from './csv.ts';
import { findingsOf } from './findings.ts';
import type { DrawnChart } from './html/figure.ts';
import { comparisonPage, runPage } from './html/page.ts';
import type { RunPart } from './html/run.ts';
import { readRun } from './read.ts';
import { standingAlone, renderPng, renderSvg } from './render.ts';
import type { RunData } from './runData.ts';

/** Where the report goes and what time it bears. */
export interface ReportOptions {
  /** Default: `report/` in the run directory; for several runs `comparison/` beside the first. */
  readonly outDirectory?: string;
  /** Time of writing, shown at the foot of the page. */
  readonly now?: Date;
}

/** What was written. */
export interface WrittenPage {
  /** Path of the page. */
  readonly page: string;
  /** Paths of all files, the page first. */
  readonly files: readonly string[];
}

/** What was written of runs. */
export interface WrittenReport extends WrittenPage {
  /** What the caller should tell the user of the runs' files. */
  readonly notices: readonly string[];
}

/** Total widths in CSS pixels that charts are drawn at. */
const WIDTH = { wide: 1080, half: 528, phone: 330, frame: 400 };

/** A comparison of more runs leaves their charts to their own reports: the page would grow too large. */
const MOST_WHOLE_RUNS = 6;

/** Draws a chart for page and files. `prefix` keeps the files of several runs apart. */
async function drawChart(
  chart: Chart,
  prefix: string,
  contents: Map<string, string | Uint8Array>,
): Promise<DrawnChart> {
  const width = chart.wide ? WIDTH.wide : WIDTH.half;
  const desk = await renderSvg(chart.spec(width));
  const alone = standingAlone(desk, chart.title);
  const stem = `${prefix}${chart.name}`;
  const files = [`${stem}.svg`, `${stem}.png`, `${stem}.csv`];
  contents.set(files[0], alone);
  contents.set(files[1], await renderPng(alone));
  contents.set(files[2], recordsCsv(chart.rows));
  if (chart.frames) {
    const frames: NonNullable<DrawnChart['frames']>[number][] = [];
    for (const { label, alt, spec } of chart.frames)
      frames.push({ label, alt, svg: await renderSvg(spec(WIDTH.frame)) });
    return { chart, desk: '', phone: '', files, frames };
  }
  return { chart, desk, phone: await renderSvg(chart.spec(WIDTH.phone)), files };
}

/** Draws charts for page and files. */
export async function drawCharts(
  charts: readonly Chart[],
  prefix: string,
  contents: Map<string, string | Uint8Array>,
): Promise<DrawnChart[]> {
  const drawn: DrawnChart[] = [];
  for (const chart of charts) drawn.push(await drawChart(chart, prefix, contents));
  return drawn;
}

/** Characters that are safe in file names and anchors everywhere. */
function slug(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]+/g, '-');
}

async function partOf(
  run: RunData,
  prefix: string,
  contents: Map<string, string | Uint8Array>,
  whole = true,
): Promise<RunPart> {
  const tables = [`${prefix}summary.csv`, `${prefix}images.csv`];
  contents.set(tables[0], summaryCsv([run]));
  contents.set(tables[1], imagesCsv([run]));
  return {
    run,
    findings: findingsOf(run),
    charts: await drawCharts(whole ? chartsOf(run) : [], prefix, contents),
    tables,
    anchor: prefix,
    whole,
  };
}

function withUniqueNames(runs: readonly RunData[]): RunData[] {
  const seen = new Map<string, number>();
  return runs.map((run) => {
    const times = (seen.get(slug(run.name)) ?? 0) + 1;
    seen.set(slug(run.name), times);
    return times === 1 ? run : { ...run, name: `${run.name} (${times})` };
  });
}

/**
 * Reads the runs and writes their report. One directory gives the page of that run, several a comparison followed
 * by each run. All is read and drawn before the first file is written.
 *
 * @throws {UserError} naming what is missing or damaged in a run directory, or that the report cannot be written
 */
export async function writeReport(
  runDirectories: readonly string[],
  options: ReportOptions = {},
): Promise<WrittenReport> {
  if (runDirectories.length === 0) throw new UserError('No run is given. Name at least one run directory.');
  const runs = withUniqueNames(await Promise.all(runDirectories.map(readRun)));
  const now = options.now ?? new Date();
  const contents = new Map<string, string | Uint8Array>();
  let page: string;
  if (runs.length === 1) {
    page = runPage(await partOf(runs[0], '', contents), now);
  } else {
    const charts = await drawCharts(comparisonCharts(runs), '', contents);
    contents.set('results.csv', studiesCsv(runs));
    contents.set('summary.csv', summaryCsv(runs));
    const whole = runs.length <= MOST_WHOLE_RUNS;
    const parts: RunPart[] = [];
    for (const run of runs) parts.push(await partOf(run, `${slug(run.name)}-`, contents, whole));
    page = comparisonPage(parts, { charts, tables: ['results.csv', 'summary.csv'] }, now);
  }
  const folder =
    options.outDirectory ??
    join(...(runs.length === 1 ? [runs[0].directory, 'report'] : [dirname(runs[0].directory), 'comparison']));
  const written = writeContents(folder, page, contents);
  return {
    ...written,
    notices: runs.flatMap((run) => run.notices.map((notice) => `${run.name}: ${notice}`)),
  };
}

/**
 * Writes a page and what it links to.
 * @throws UserError where the folder cannot be made
 */
export function writeContents(
  folder: string,
  page: string,
  contents: Map<string, string | Uint8Array>,
): WrittenPage {
  try {
    makeFolder(folder);
  } catch (error) {
    throw new UserError(`Cannot make the folder ${folder}: ${systemFault(error)}.`);
  }
  // The page last: where it stands, everything it links to stands too.
  for (const [name, content] of contents) writeFileAtomic(join(folder, name), content);
  writeFileAtomic(join(folder, 'index.html'), page);
  const files = ['index.html', ...contents.keys()].map((name) => join(folder, name));
  return { page: files[0], files };
}
