/** @file The report's tables as CSV (RFC 4180): a row a state, a row an image, a row a point of a chart. */
import { recordsCsv, type CsvField } from '../formats/csv.ts';
import { runEpsilon } from './facts.ts';
import { wilsonInterval } from './intervals.ts';
import { ACCURACIES, methodOf, studiesOf, type Level } from './levels.ts';
import { paretoFront, paretoStates } from './pareto.ts';
import { meanSeconds, verifiedStates, type RunData } from './runData.ts';
import { ticketsOf, type CertifiedTicket } from './tickets.ts';

function ticketWord(ticket: CertifiedTicket | undefined): string {
  return ticket === undefined ? '' : ticket.outright ? 'outright' : 'within noise';
}

/** One row a state of every run: shares in 0..1, times in seconds. */
export function summaryCsv(runs: readonly RunData[]): string {
  return recordsCsv(
    runs.flatMap((run) => {
      const pareto = paretoStates(run);
      const tickets = ticketsOf([run]);
      return run.states.map((state) => {
        const { meta, verification } = state;
        const counts = verification?.counts;
        const interval = counts && wilsonInterval(counts.certified, counts.images);
        const share = (successes: number | undefined): number | undefined =>
          successes === undefined || counts === undefined ? undefined : successes / counts.images;
        return {
          run: run.name,
          seed: run.environment.seed,
          state: state.state,
          remainRatio: state.remainRatio,
          weights: state.layers.reduce((sum, layer) => sum + layer.kept, 0) || undefined,
          images: counts?.images,
          standard: share(counts?.standard),
          pgd: share(counts?.pgd),
          certified: share(counts?.certified),
          checked: share(counts?.checked),
          pareto: pareto.has(state.state),
          ticket: ticketWord(tickets.find((ticket) => ticket.state === state.state)),
          certifiedLower: interval?.lower,
          certifiedUpper: interval?.upper,
          unknown: share(counts?.unknown),
          meanSeconds: meanSeconds(state),
          verifySeconds: verification?.seconds,
          trainSeconds: meta?.trainSeconds,
          bestEpoch: meta?.best?.epoch,
          testStandard: meta?.standard,
          testFgsm: meta?.fgsm,
          testPgd: meta?.pgd,
          parameters: meta?.size?.parameters ?? meta?.compressed?.before.parameters,
          macs: meta?.size?.macs ?? meta?.compressed?.before.macs,
          parametersCompressed: meta?.compressed?.after.parameters,
          macsCompressed: meta?.compressed?.after.macs,
          nonzero: meta?.size?.nonzero,
          nonzeroMacs: meta?.size?.nonzeroMacs,
        };
      });
    }),
  );
}

/** One row a study: method, accuracies of its dense and its best sparse state with spread and interval. */
export function studiesCsv(runs: readonly RunData[]): string {
  const studies = studiesOf(runs);
  const front = paretoFront(studies.flatMap((study) => study.levels));
  return recordsCsv(
    studies.map((study) => {
      const { dense, best } = study;
      const tickets = ticketsOf(study.runs);
      const accuracies = (prefix: string, level: Level | undefined): Record<string, CsvField> =>
        Object.fromEntries(
          ACCURACIES.flatMap((name) => {
            const found = level?.accuracy[name];
            const column = `${prefix}${name[0].toUpperCase()}${name.slice(1)}`;
            return [
              [column, found?.mean],
              [`${column}Deviation`, found?.deviation],
              [`${column}Lower`, found?.interval.lower],
              [`${column}Upper`, found?.interval.upper],
            ];
          }),
        );
      return {
        study: study.name,
        method: methodOf(study),
        epsilon: runEpsilon(study.runs[0]),
        seeds: study.runs.length,
        images: best?.images ?? dense?.images,
        ...accuracies('dense', dense),
        bestState: best?.state,
        sparsity: best && 1 - best.remainRatio,
        ...accuracies('best', best),
        pareto: best && front.has(best),
        tickets: tickets.filter((ticket) => ticket.outright).length,
        ticketsWithinNoise: tickets.filter((ticket) => !ticket.outright).length,
      };
    }),
  );
}

/** One row an image of every verified state, the columns of `verify/NN.csv` after run and state. */
export function imagesCsv(runs: readonly RunData[]): string {
  return recordsCsv(
    runs.flatMap((run) =>
      verifiedStates(run).flatMap(({ state, verification }) =>
        verification.rows.map((row) => ({ run: run.name, state, ...row })),
      ),
    ),
  );
}
