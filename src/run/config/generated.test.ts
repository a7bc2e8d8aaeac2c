import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { declaredOptions, families } from './families.ts';
import { generatedFiles } from './generated.ts';
import { keyGroups } from './keyList.ts';
import { resolveConfig } from './resolve.ts';

describe.each(Object.entries(generatedFiles()))('%s', (path, text) => {
  it('is what the schema and the families say (else run: npm run build)', () => {
    expect(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8') === text).toBe(true);
  });
});

const entries = keyGroups().flatMap((group) => group.entries);

describe('keys of the configuration', () => {
  it.each(entries.map((entry) => [entry.key, entry] as const))(
    '%s has a sentence and an example',
    (key, entry) => {
      expect(entry.sentence).toMatch(/\S.*[.)]$/s);
      expect(entry.type).not.toBe('');
      const reader = declaredOptions().get(key)?.readers[0];
      const chosen = reader?.family.key === undefined ? '' : `\n${reader.family.key}: ${reader.member}`;
      const text = `name: a\ntrainer: ${key === 'trainer' ? entry.example : 'fgsm'}${chosen}`;
      const example = key === 'trainer' || key === 'name' ? [] : [`${key}=${entry.example}`];
      const read = () => resolveConfig({ text, origin: 'example', overrides: example }).name;
      // A network that nobody has imported.
      if (key === 'init') expect(read).toThrow('there are no weights "mine"');
      else expect(read()).toBe('a');
    },
  );
});

describe.each(families.map((family) => [family.plural, family] as const))('%s', (_, family) => {
  it('say what they are and what they may be told', () => {
    for (const { sentence, options = {} } of family.members())
      for (const text of [sentence, ...Object.values(options).map((option) => option.sentence)])
        expect(text).toMatch(/^[^\n]+\.$/);
  });
});
