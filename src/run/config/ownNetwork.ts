/** @file Networks of one's own in a configuration: `arch` as layers or as their file, `init` as the weights to start from. */
import { UserError } from '../../formats/userError.ts';
import { models } from '../../nn/zoo/models.ts';
import { readArchitectureFile } from '../../nn/notation/architectureFile.ts';
import { weightsRecord } from '../networks/weightsRecord.ts';
import { findNetwork } from '../networks/networkFolder.ts';
import { isPlainObject, type Problem } from './source.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Files of layers give way to the layers, and a file of weights to its place and content; a run needs the former no more,
 * and the latter for its first state alone. Without `arch`, the network that `init` names is taken.
 * @param folder what paths are relative to
 */
export function readOwnNetwork(
  values: Values,
  folder: string,
): { readonly value: Values; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const value: Record<string, unknown> = {};
  const attempt = (key: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push({ path: [key], message: error.message });
    }
  };
  const { arch, init } = values;
  attempt('arch', () => {
    if (typeof arch !== 'string' || models.has(arch)) return;
    const file = findNetwork(arch, folder)?.architecture;
    if (file !== undefined) value['arch'] = readArchitectureFile(file);
    else if (/[./\\]/.test(arch))
      throw new UserError(
        `there is no network ${arch}: expected a name of the zoo, a file of layers, or what "certprune import" made.`,
      );
  });
  attempt('init', () => {
    if (isPlainObject(init) || init === undefined) return;
    const place = typeof init === 'string' && init !== '' ? findNetwork(init, folder) : undefined;
    if (place?.weights === undefined)
      throw new UserError(
        `there are no weights ${JSON.stringify(init)}: expected a file, or the name under which "certprune import" keeps a network.`,
      );
    value['init'] = weightsRecord(place.weights);
    if (arch === undefined && place.architecture !== undefined)
      value['arch'] = readArchitectureFile(place.architecture);
  });
  return { value, problems };
}

/**
 * Keys without effect beside others, which whoever wrote them meant to have one: not at their defaults, as in a resolved
 * configuration.
 */
export function withoutEffect(values: Values): Problem[] {
  const { arch, init } = values;
  const fault = (key: string, fallback: unknown, message: string): Problem[] =>
    values[key] === undefined || values[key] === fallback ? [] : [{ path: [key], message }];
  return [
    ...(typeof arch === 'object'
      ? fault(
          'bn',
          true,
          'has no effect on layers of one’s own, which say bn where there is one: leave it out',
        )
      : []),
    ...(init === undefined
      ? fault('keep_zeros', false, 'belongs to init: without it no weight is 0 at first')
      : fault(
          'initialization',
          'auto',
          'has no effect beside init, which gives the first weights: leave one of them out',
        )),
  ];
}
