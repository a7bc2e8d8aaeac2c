import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { describeFamilies } from '../config/describeFamilies.ts';
import { joinPlugins } from '../config/presets.ts';
import { resolveConfig, toYaml } from '../config/resolve.ts';
import { loadPlugin, usePlugins } from './plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'plugins-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const criterion = (name: string, head = '') => `${head}
import { mapMasks, type Criterion, type Plugin } from 'certprune/plugin';
const mine: Criterion = {
  name: '${name}',
  title: 'squares',
  sentence: 'Squares of the weights.',
  granularity: 'weight',
  counts: 'remaining',
  scores: ({ numbers, masks }) => mapMasks(masks, (_, key) => Float64Array.from(numbers[key], (w: number) => w * w)),
};
export default { criteria: [mine] } satisfies Plugin;
`;

describe('a plugin', () => {
  it('in TypeScript joins its family once, with this program’s own pieces', () => {
    written('power.ts', 'export const power: number = 2;\n');
    const file = written(
      'my-criterion.ts',
      criterion('squares', "import { power } from './power.ts'; void power;"),
    );
    const { members } = loadPlugin('my-criterion.ts', folder);
    expect(members.map(({ family, member }) => [family, member.name])).toEqual([['criteria', 'squares']]);
    expect(loadPlugin(file).members).toBe(members);
    expect(criteria.named('squares').title).toBe('squares');
  });

  it('may be JavaScript, whichever way modules are told', () => {
    const plain = (name: string) =>
      criterion(name).replaceAll(/: Criterion|: number| satisfies Plugin|, type \w+/g, '');
    for (const [i, ending] of ['js', 'mjs'].entries())
      loadPlugin(written(`plain.${ending}`, plain(`plain${i}`)));
    expect(criteria.names()).toEqual(expect.arrayContaining(['plain0', 'plain1']));
  });

  it.each([
    ['no such file', undefined, /There is no plugin .*fault0\.ts/],
    ['bad syntax', 'const x: number = ;', /cannot be loaded: .*fault1\.ts:1/],
    [
      'a name that certprune does not have',
      "import { nope } from 'certprune/plugin';\n\nexport default { criteria: [nope(1)] };",
      /nope is not a function \(fault2\.ts:3\)/,
    ],
    [
      'a missing import',
      "import { a } from './missing.ts';\nexport default { criteria: [a] };",
      /Cannot find module '\.\/missing\.ts'/,
    ],
    ['an await', 'export default await Promise.resolve({});', /awaits something at its top level/],
    ['a throw', "throw new Error('my own');", /my own \(fault5\.ts:1\)/],
    [
      'no default export',
      'export const a = 1;',
      /gives no members\. It wants "export default \{ criteria: \[…\]/,
    ],
    [
      'no family',
      'export default { criterions: [] };',
      /"criterions", which is no family; did you mean "criteria"/,
    ],
    ['no members', 'export default { criteria: [] };', /gives no members/],
    ['no list', 'export default { criteria: { a: 1 } };', /"criteria" wants a list/],
    [
      'no title',
      "export default { criteria: [{ name: 'a' }] };",
      /fault9\.ts: The pruning criterion 'a' needs a title/,
    ],
    ['a name that is taken', criterion('snip'), /fault10\.ts: There is a pruning criterion 'snip' already/],
  ] as const)('with %s is refused in words', (what, text, message) => {
    const index = [
      'no such file',
      'bad syntax',
      'a name that certprune does not have',
      'a missing import',
      'an await',
      'a throw',
      'no default export',
      'no family',
      'no list',
      'no title',
      'a name that is taken',
      'no members',
    ].indexOf(what);
    const file = join(folder, `fault${index}.ts`);
    if (text !== undefined) writeFileSync(file, text);
    expect(() => loadPlugin(file)).toThrow(UserError);
    expect(() => loadPlugin(file)).toThrow(message);
  });

  it('that has changed is not the run’s', () => {
    const { file, sha256 } = loadPlugin('my-criterion.ts', folder);
    expect(() => usePlugins([{ file, sha256 }])).not.toThrow();
    expect(() => usePlugins([{ file, sha256: '0' }])).toThrow(/has changed since the run began/);
  });
});

describe('a configuration with plugins', () => {
  const text = 'trainer: fgsm\ndataset: mnist\narch: cnn_small\nplugins: [./cubes.ts]\nprune_method: cubes\n';

  it('names their members, is saved with their content, and refuses another', () => {
    written('cubes.ts', criterion('cubes'));
    const origin = written('study.yaml', text);
    const config = resolveConfig({ text, origin });
    expect(config).toMatchObject({ pruneMethod: 'cubes', plugins: [{ file: join(folder, 'cubes.ts') }] });
    const saved = toYaml(config);
    expect(resolveConfig({ text: saved, origin: 'elsewhere', saved: true })).toEqual(config);
    const other = saved.replace(config.plugins[0].sha256, 'f00');
    expect(() => resolveConfig({ text: other, origin: 'c.yaml', saved: true })).toThrow(
      /c\.yaml, line \d+, plugins.0: The plugin .*cubes\.ts has changed since the run began/,
    );
  });

  it('says where it names one that is wrong', () => {
    const wrong = text.replace('./cubes.ts', './none.ts');
    expect(() => resolveConfig({ text: wrong, origin: join(folder, 'study.yaml') })).toThrow(
      /line 4, plugins.0: There is no plugin .*none\.ts/,
    );
    expect(() => resolveConfig({ text: text.replace('[./cubes.ts]', '5'), origin: 'x' })).toThrow(
      /line 4, plugins: expected a list of files/,
    );
  });
});

describe('a plugin of a list', () => {
  it('joins before the families are told, named by a configuration or by itself', async () => {
    const file = written('listed.ts', criterion('listed'));
    const names = () =>
      describeFamilies('prune_method').flatMap(({ members }) => members.map(({ name }) => name));
    expect(names()).not.toContain('listed');
    joinPlugins(undefined, [file]);
    expect(names()).toContain('listed');
    written('inConfig.ts', criterion('inConfig'));
    // Nothing but the plugins counts: the method is none.
    joinPlugins(written('half.yaml', 'plugins: [./inConfig.ts]\nprune_method: nothing\n'), []);
    expect(names()).toContain('inConfig');
    expect(() => joinPlugins(written('wrong.yaml', 'plugins: [./gone.ts]\n'), [])).toThrow(
      /line 1, plugins.0/,
    );
  });
});
