/** @file An architecture written as a list of layers → the network. */
import { suggestion } from '../../family/nearest.ts';
import { UserError } from '../../formats/userError.ts';
import { label } from '../../formats/visible.ts';
import { shapeText } from '../../tensor/shape.ts';
import type { Shape } from '../../tensor/index.ts';
import { layerList } from '../layerList.ts';
import { isNormalize } from '../layers/normalize.ts';
import { parametersOf } from '../layers/rules.ts';
import type { LayerFields, Network } from '../network.ts';
import { blocks } from './blocks.ts';
import { entryOf, readFields, shown, wordOf, type Entry } from './entry.ts';
import { kindOfWord, notationOf } from './words.ts';

const residualWord = 'residual';
const words: readonly string[] = [...kindOfWord.keys(), residualWord, ...Object.keys(blocks)];
const general = ['name', 'from', 'module'] as const;
/** Layers of one network, and entries within entries, at most. */
const mostLayers = 20_000;
const mostNested = 8;

/** A network to be read. */
export interface WrittenNetwork {
  /** Entries: `relu`, `{conv: 32, kernel: 3}`, `{residual: […], shortcut: […]}`, `{basic_block: 64, stride: 2}`. */
  readonly layers: readonly unknown[];
  readonly inputShape: Shape;
  readonly name: string;
  readonly initialization?: Network['initialization'];
}

/**
 * Reads entry after entry; each reads the one before unless it says `from`. Shapes are inferred. Layers of a plain chain
 * have the modules of a PyTorch Sequential of the same entries, a first `normalize` aside; others those that they say.
 * @throws UserError saying which layer, and what is wrong
 */
export function readNetwork({ layers: entries, inputShape, name, initialization }: WrittenNetwork): Network {
  if (entries.length === 0) throw new UserError('the list of layers is empty.');
  const list = layerList([['input', inputShape]]);
  const known = new Set(['input']);
  const modules: Record<string, string> = {};
  let chain = true;

  function source(given: unknown, at: string): string {
    if (typeof given === 'string' && known.has(given)) return given;
    throw new UserError(
      `${at}: it reads ${shown(given)}, which no layer before it is named; ${suggestion(String(given), [...known])}`,
    );
  }

  function ownName(entry: Entry, at: string): string | undefined {
    const given = entry['name'];
    if (given === undefined || given === null) return undefined;
    if (typeof given !== 'string' || !/^[A-Za-z_][\w-]*$/.test(given))
      throw new UserError(
        `${at}: ${shown(given)} is no name; expected a letter, then letters, digits, _ and -.`,
      );
    if (known.has(given)) throw new UserError(`${at}: a layer before it is named "${given}" too.`);
    return given;
  }

  function inputsOf(entry: Entry, word: string, last: string, joins: boolean, at: string): string[] {
    const from = entry['from'];
    const given = joins ? entry[word] : from;
    if (joins && from !== undefined)
      throw new UserError(`${at}: the layers that ${word} reads stand behind the word, not in "from".`);
    if (given === undefined || (given === null && !joins)) return [last];
    if (joins && typeof given === 'string') return [last, source(given, at)];
    if (joins && !(Array.isArray(given) && given.length >= 2))
      throw new UserError(`${at}: ${word} wants the layers that it reads, e.g. {${word}: [relu1, bn2]}.`);
    return (Array.isArray(given) ? given : [given]).map((one) => source(one, at));
  }

  function layer(entry: Entry, word: string, last: string, at: string): string {
    const kind = kindOfWord.get(word)!;
    const { fields = {}, main, joins = false, infer } = notationOf(kind);
    const inputs = inputsOf(entry, word, last, joins, at);
    if (joins) chain = false;
    if (!joins && inputs.length > 1)
      throw new UserError(`${at}: ${word} reads one layer, not ${inputs.length}.`);
    const read = readFields(entry, word, { fields, main, alone: !joins }, { general, at });
    const given = ownName(entry, at);
    let made: string;
    try {
      const inferred = infer?.(inputs.map(list.shapeOf));
      made = list.add({ kind, ...read, ...inferred } as unknown as LayerFields, inputs, given);
    } catch (error) {
      throw error instanceof UserError ? new UserError(`${at}: ${error.message}`) : error;
    }
    if (known.has(made))
      throw new UserError(`${at}: a layer before it is named "${made}" already; name it otherwise.`);
    if (list.layers.length > mostLayers) throw new UserError(`${at}: more than ${mostLayers} layers.`);
    known.add(made);
    const { module } = entry;
    if (module !== undefined && typeof module !== 'string' && typeof module !== 'number')
      throw new UserError(`${at}: module: expected the path of a PyTorch module, got ${shown(module)}.`);
    if (module !== undefined) modules[made] = String(module);
    return made;
  }

  function residual(entry: Entry, last: string, at: string, depth: number): string {
    const unknown = Object.keys(entry).find(
      (key) => ![residualWord, 'shortcut', 'name', 'from'].includes(key),
    );
    if (unknown !== undefined)
      throw new UserError(`${at}: residual has no "${label(unknown)}"; it has shortcut, name and from.`);
    const [start] = inputsOf(entry, residualWord, last, false, at);
    const branch = (key: string): string => {
      const inner = entry[key];
      if (inner === undefined) return start;
      if (!Array.isArray(inner))
        throw new UserError(`${at}: ${key}: expected a list of layers, got ${shown(inner)}.`);
      return all(inner, start, `${at}, ${key}`, depth + 1);
    };
    const ends = [branch(residualWord), branch('shortcut')];
    const [one, other] = ends.map(list.shapeOf);
    if (one.join() !== other.join())
      throw new UserError(
        `${at}: its layers make ${shapeText(one)}, and its shortcut ${shapeText(other)}: they cannot be added.`,
      );
    return layer({ add: ends, ...(entry['name'] !== undefined && { name: entry['name'] }) }, 'add', last, at);
  }

  function all(given: readonly unknown[], start: string, place: string, depth = 0): string {
    if (depth > mostNested) throw new UserError(`${place}: more than ${mostNested} lists within each other.`);
    let last = start;
    for (const [i, value] of given.entries()) {
      const at = `${place === '' ? '' : `${place}, `}layer ${i + 1}`;
      const entry = entryOf(value, at);
      const word = wordOf(entry, words, at);
      const block = blocks[word];
      chain &&= kindOfWord.has(word) && entry['from'] === undefined && entry['module'] === undefined;
      if (word === residualWord) last = residual(entry, last, at, depth);
      else if (block) {
        const asked = { fields: block.fields, main: 'channels', alone: true };
        const read = readFields(entry, word, asked, { general: ['from'], at });
        const [from] = inputsOf(entry, word, last, false, at);
        last = all(block.expand(read, list.shapeOf(from)), from, `${at} (${word})`, depth + 1);
      } else last = layer(entry, word, last, at);
    }
    return last;
  }

  const last = all(entries, 'input', '');
  const { layers } = list;
  if (last !== layers.at(-1)!.name) throw new UserError('the last entry makes no layer.');
  if (chain) {
    const first = isNormalize(layers[0]) ? 1 : 0;
    layers.forEach((made, i) => {
      if (parametersOf(made).length > 0) modules[made.name] = String(i - first);
    });
  }
  return { name, inputShape, layers, modules, ...(initialization !== undefined && { initialization }) };
}
