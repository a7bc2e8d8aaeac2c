/** @file Chart: neurons by instability × sensitivity in octaves; the lowest row holds those that are stable at every image. */
import { measuredStates } from '../runData.ts';
import { runChart } from './chart.ts';
import { neuronMaps } from './neuronMaps.ts';

/** Writes exponents as powers of two: a vega expression that picks from a table. */
function powersOfTwo(most: number, least: number): string {
  const raised = (exponent: number): string =>
    String(exponent).replace(/[-0-9]/g, (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)]));
  const cases = Array.from({ length: most - least + 1 }, (_, i) => most - i).map(
    (exponent) => `datum.value === ${exponent} ? '${exponent === 0 ? '1' : `2${raised(exponent)}`}'`,
  );
  return `${cases.join(' : ')} : ''`;
}

export const neuronsLog = runChart({
  name: 'neurons-log',
  title: 'Instability × sensitivity, logarithmic',
  sentence: 'The same measures in octaves. Axes are logarithmic, the same in all states.',
  section: 'Neurons and bounds',
  needs: measuredStates,
  draw(states) {
    const { firstExponent, counts } = states[0].neurons.log;
    const top = counts.length - 1;
    return neuronMaps(states, {
      scaleWords: 'logarithmic',
      countsOf: ({ neurons }) => neurons.log.counts,
      // Exponents of 2; column 0 and row 0 hold what lies below the first octave.
      edges: (row, column) => ({
        sensitivity: firstExponent + column - 1,
        sensitivityTo: firstExponent + column,
        instability: row - top - 1,
        instabilityTo: row - top,
      }),
      axes(rows) {
        const least = Math.min(...rows.map((row) => row.sensitivity));
        const most = Math.max(...rows.map((row) => row.sensitivityTo));
        const first = least === firstExponent - 1 ? ` (first column: 2^${firstExponent} and less)` : '';
        return {
          x: {
            title: `Sensitivity${first}`,
            scale: { domain: [least, most], nice: false },
            axis: { tickMinStep: 1, tickCount: 6, grid: false, labelExpr: powersOfTwo(most, least) },
          },
          y: {
            title: 'Instability (lowest row: never)',
            scale: { domain: [-top - 1, 0], nice: false },
            axis: {
              values: Array.from({ length: top / 2 + 1 }, (_, i) => -2 * i),
              grid: false,
              labelExpr: powersOfTwo(0, -top - 1),
            },
          },
        };
      },
    });
  },
});
