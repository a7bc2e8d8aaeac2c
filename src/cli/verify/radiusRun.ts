/** @file `certprune verify RUN --radius`: certified radii of a run's test images, state by state. */
import { relative } from 'node:path';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { nameOf, type Asked } from '../../run/asked.ts';
import { withRun } from '../../run/experiment.ts';
import { runPaths } from '../../run/paths.ts';
import { planStates } from '../../run/plan.ts';
import { certifiedCurve, curveAt, radiiCsv, radiusHistogram, type RadiusRow } from '../../run/radii.ts';
import { readMeta } from '../../run/runDirectory.ts';
import { imagesOfRun, limitsOfRun } from '../../run/stages/imagesOfRun.ts';
import { loadRunData } from '../../run/stages/setting.ts';
import { normalizedBy } from '../../run/stages/verifyStage.ts';
import { readStateNetwork } from '../../run/stateNetwork.ts';
import { imagesFrom, verdictSettings } from '../../run/verifyState.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import type { ChosenRun } from '../configOptions.ts';
import type { CliContext } from '../context.ts';
import { formatDuration, formatShare } from '../format.ts';
import { renderTable, wrapped } from '../table.ts';
import { workOn } from '../work.ts';
import type { AskedImages } from './imageQuestion.ts';
import { keptRadii } from './keptRadii.ts';
import { later } from './later.ts';
import { answerRadii } from './radiusForm.ts';
import { curveTable, radiusJson, radiusStatistics, settledWords, shortRadius } from './radiusText.ts';

/** A state with its radii. */
interface Found {
  readonly state: number;
  readonly remainRatio: number;
  readonly rows: readonly RadiusRow[];
  readonly seconds: number;
  readonly csv: string;
}

/** What a run's configuration and the options ask of one of its states. */
export function stateRequest(
  { directory, config }: ChosenRun,
  state: number,
  asked: Asked,
  options: Pick<VerifyOptions, 'workers'>,
): AskedImages {
  const { network, numbers } = readStateNetwork(directory, config, config.verify.which, state);
  const { epsilon = config.eps, norm = config.norm, targets = 'all', unsafe, depth = 'complete' } = asked;
  const { start, end } = config.verify.images;
  const workers = options.workers ?? config.verify.workers;
  return {
    subject: {
      kind: 'network',
      network: { network: normalizedBy(network, asked.normalization), numbers },
    },
    images: imagesOfRun(loadRunData(config)),
    indices: imagesFrom(start, end),
    epsilon: () => epsilon,
    norm,
    targets,
    ...(unsafe && { unsafe }),
    depth,
    limits: limitsOfRun(config),
    ...(workers > 0 && { workers }),
  };
}

/** Finds the radii of the chosen states; they go to `verify/NN-radius.csv`, and to the run's report. */
export async function radiiOfRun(
  chosen: ChosenRun,
  asked: Asked,
  options: VerifyOptions,
  context: CliContext,
): Promise<void> {
  const { directory, config } = chosen;
  const paths = runPaths(directory);
  const trained = planStates(config, paths)
    .map(({ state }) => state)
    .filter((state) => readMeta(paths, state)?.finished === true);
  const { states = 'all', fresh = false } = options;
  const name = ['radius', nameOf(asked)].filter((part) => part !== '').join(',');
  const failures = later((message) => context.say(`certprune: ${message}`));
  const found: Found[] = [];
  const quiet = options.quiet === true || options.json === true;
  await workOn({ directory, config: await ownConfig(directory) }, context, true, (work) =>
    withRun(work, async () => {
      for (const state of states === 'all' ? trained : states) {
        const request = stateRequest(chosen, state, asked, options);
        const files = paths.verify(state, name);
        const kept = keptRadii(files.partial, undefined, verdictSettings(config, asked), fresh);
        const about = quiet ? '' : `state ${state}  `;
        const { rows, seconds } = await answerRadii(request, options, context, { about, kept, failures });
        failures.attempt(() => writeFileAtomic(files.csv, radiiCsv(rows)));
        const { remainRatio } = readMeta(paths, state)!;
        found.push({ state, remainRatio, rows, seconds, csv: relative(paths.root, files.csv) });
      }
    }),
  );
  context.out(options.json ? JSON.stringify(found.map(jsonOf), null, 2) : tableOf(found, config.eps));
  if (options.charts !== undefined) {
    const { writeRadiusCharts } = await import('../../report/writeRadii.ts');
    await writeRadiusCharts(found, options.charts);
  }
  failures.raise();
}

/** The run as it was made: other settings of verification are no part of it. */
async function ownConfig(directory: string): Promise<ChosenRun['config']> {
  const { loadConfig } = await import('../../run/config/presets.ts');
  return loadConfig({ config: runPaths(directory).config }, []);
}

const jsonOf = ({ state, remainRatio, rows }: Found): object => ({
  state,
  remainRatio,
  images: radiusJson(rows),
  curve: certifiedCurve(rows),
  histogram: radiusHistogram(rows),
});

function tableOf(found: readonly Found[], epsilon: number): string {
  const table = renderTable<Found>(
    [
      ['state', ({ state }) => String(state), 'right'],
      ['weights', ({ remainRatio }) => formatShare(remainRatio), 'right'],
      ['images', ({ rows }) => String(rows.length), 'right'],
      ['mean', ({ rows }) => shortRadius(radiusStatistics(rows).mean), 'right'],
      ['median', ({ rows }) => shortRadius(radiusStatistics(rows).median), 'right'],
      [
        `at ${shortRadius(epsilon)}`,
        ({ rows }) => formatShare(curveAt(rows, epsilon).certified / Math.max(1, rows.length)),
        'right',
      ],
      ['time', ({ seconds }) => formatDuration(seconds), 'right'],
      ['radii', ({ csv }) => csv],
    ],
    found,
  );
  const curve = found.length === 1 ? `${curveTable(found[0].rows)}\n\n` : '';
  const settled = found.map(({ state, rows }) => wrapped(`State ${state}: ${settledWords(rows)}`));
  return `${curve}${table}\n\n${settled.join('\n')}`;
}
