/** @file The layers of a network as a table: what they are, what they make, how many parameters they have. */
import { parametersOf } from '../nn/layers/rules.ts';
import type { Network } from '../nn/network.ts';
import { writeLayers } from '../nn/notation/write.ts';
import { layerShapes } from '../nn/shapes.ts';
import { flowText } from '../run/networks/networkFolder.ts';
import { sizeOf } from '../tensor/index.ts';
import { formatCount } from './format.ts';
import { renderTable } from './table.ts';

/** Letters of a layer's words, at most: the table fits 80 columns. */
const mostLetters = 44;

interface Row {
  readonly name: string;
  readonly words: string;
  readonly shape: string;
  readonly parameters: number;
}

const shortened = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** As a configuration writes them, without names and modules. */
function wordsOf(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  const { name: _, module: __, ...rest } = entry as Readonly<Record<string, unknown>>;
  const [[word, behind], ...more] = Object.entries(rest);
  if (more.length === 0 && behind === true) return word;
  return flowText(rest).replace(/^\{ ?/, '').replace(/ ?\}$/, '');
}

export function layerTable(network: Network): string {
  const shapes = layerShapes(network);
  const entries = writeLayers(network);
  const rows = network.layers.map((layer, i): Row => ({
    name: shortened(layer.name, 12),
    words: shortened(wordsOf(entries[i]), mostLetters),
    shape: shapes.get(layer.name)!.join('×'),
    parameters: parametersOf(layer).reduce((n, { shape }) => n + sizeOf(shape), 0),
  }));
  return renderTable<Row>(
    [
      ['layer', ({ name }) => name],
      ['what', ({ words }) => words],
      ['makes', ({ shape }) => shape, 'right'],
      ['numbers', ({ parameters }) => (parameters === 0 ? '' : formatCount(parameters)), 'right'],
    ],
    rows,
  );
}
