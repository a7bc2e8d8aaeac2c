/** @file What `certprune import` does: reads, says what it found, compares with the file's own model, writes. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createRng } from '../data/rng.ts';
import type { Normalization } from '../data/normalization.ts';
import { shellWord } from '../formats/shellWord.ts';
import { UserError } from '../formats/userError.ts';
import { importNetwork, type FoundNetwork } from '../nn/import/importNetwork.ts';
import { importChecker } from '../nn/import/runners.ts';
import { weightOf } from '../nn/layers/rules.ts';
import { networkSize } from '../nn/networkSize.ts';
import { networkFiles } from '../nn/notation/architectureFile.ts';
import { outputShape } from '../nn/shapes.ts';
import { networksFolder, writeNetworkFolder } from '../run/networks/networkFolder.ts';
import type { Shape } from '../tensor/index.ts';
import type { CliContext } from './context.ts';
import { formatBytes, formatCount, formatShare } from './format.ts';
import { layerTable } from './layerTable.ts';
import { wrapped } from './table.ts';

/** Values of the command’s options. */
export interface ImportOptions {
  readonly as?: string;
  readonly model?: string;
  readonly input?: string;
  readonly mean?: string;
  readonly std?: string;
  readonly yes?: true;
  readonly force?: true;
  readonly json?: true;
}

/** A name belongs to the folder of networks; what is a path is one. */
function folderOf(as: string): { readonly folder: string; readonly name: string } {
  if (/^[\w.-]+$/.test(as) && !/^\.+$/.test(as)) return { folder: join(networksFolder(), as), name: as };
  const name =
    as
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? '';
  if (/^[\w.-]+$/.test(name) && !/^\.+$/.test(name)) return { folder: as, name };
  throw new UserError(
    `--as ${as}: expected a name of letters, digits, "-", "_" and ".", or a path that ends in one.`,
  );
}

function inputOf(text: string | undefined): Shape | undefined {
  if (text === undefined) return undefined;
  const sizes = text.split(/[x×,]/).map(Number);
  if (sizes.every((n) => Number.isSafeInteger(n) && n > 0)) return sizes;
  throw new UserError(`--input ${text}: expected sizes such as 3x32x32 or 784.`);
}

function numbersOf(option: string, text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (values.every(Number.isFinite) && (option === '--mean' || values.every((v) => v > 0))) return values;
  throw new UserError(
    `${option} ${text}: expected ${option === '--mean' ? 'numbers' : 'numbers above 0'}, one or one a channel, such as 0.49,0.48,0.45.`,
  );
}

function normalizationOf({ mean, std }: ImportOptions): Normalization | undefined {
  if (mean === undefined && std === undefined) return undefined;
  return { mean: numbersOf('--mean', mean ?? '0'), std: numbersOf('--std', std ?? '1') };
}

/** Share of the weights of convolutions and linear layers that are 0. */
function zeroShare({ network, numbers }: FoundNetwork): number {
  let [zeros, all] = [0, 0];
  for (const layer of network.layers.filter(weightOf))
    for (const weight of numbers[`${layer.name}.weight`]) {
      all++;
      if (weight === 0) zeros++;
    }
  return all === 0 ? 0 : zeros / all;
}

/** What is to be known beside the layers. */
async function notesOf(found: FoundNetwork, path: string): Promise<string[]> {
  const { network, masks, notes, untrained, model } = found;
  const zeros = zeroShare(found);
  const maskedKeys = Object.keys(masks);
  const checked = model && (await compared(model, path));
  return [
    ...notes,
    ...(checked === undefined ? [] : [checked]),
    ...(maskedKeys.length > 0
      ? [`the file holds masks of ${maskedKeys.length} weights: what they prune stays pruned in a run`]
      : []),
    ...(zeros > 0.01 && maskedKeys.length === 0
      ? [`${formatShare(zeros)} of its weights are 0: "keep_zeros: true" in a run keeps them so`]
      : []),
    ...untrained.map((part) => `not trained: ${part}`),
    ...(network.layers.some((layer) => weightOf(layer)) ? [] : ['it has no weights to train or prune']),
  ];
}

async function compared(model: NonNullable<FoundNetwork['model']>, path: string): Promise<string> {
  try {
    const check = await importChecker(model);
    const { compared: count } = await check(createRng('import check'));
    return `it agrees with ONNX Runtime on ${count} inputs`;
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}

/** @throws UserError where the file cannot be read or written, or its architecture is a guess that nobody confirmed */
export async function importFile(
  path: string,
  as: string,
  options: ImportOptions,
  context: CliContext,
): Promise<void> {
  const { folder, name } = folderOf(as);
  const { model } = options;
  const inputShape = inputOf(options.input);
  const normalization = normalizationOf(options);
  if (!options.force && existsSync(networkFiles(folder).architecture))
    throw new UserError(
      `${folder} holds a network already. Choose another name, or say --force to write over it.`,
    );
  const found = importNetwork(path, {
    name,
    ...(model !== undefined && { model }),
    ...(inputShape && { inputShape }),
    ...(normalization && { normalization }),
  });
  const { network, numbers, masks, inferred } = found;
  const size = networkSize({ network, numbers });
  const notes = await notesOf(found, path);
  const written = !inferred || options.yes === true;
  if (written) writeNetworkFolder(folder, network, { numbers, masks });
  if (options.json)
    context.out(
      JSON.stringify(
        {
          name,
          folder,
          written,
          inferred,
          input: network.inputShape,
          outputs: outputShape(network)[0],
          ...size,
          notes,
        },
        null,
        2,
      ),
    );
  else {
    context.out(
      `${path}: takes ${network.inputShape.join('×')}, gives ${outputShape(network)[0]} logits; ` +
        `${formatCount(size.parameters)} parameters (${formatBytes(size.bytes)}),\n` +
        `${formatCount(size.macs)} multiplications an input`,
    );
    context.out(`\n${layerTable(network)}\n`);
    for (const note of notes) context.out(wrapped(`- ${note}`));
  }
  if (!written)
    throw new UserError(
      'The architecture above is a guess by names and shapes of the tensors; nothing was written. Where it is right, ' +
        'confirm it with --yes; where not, name it: --model NAME, or --model FILE with its layers.',
    );
  if (!options.json)
    context.out(
      `\nWritten: ${folder}. Train on it with: certprune run --config FILE init=${shellWord(/[/\\]/.test(as) ? folder : name)}`,
    );
}
