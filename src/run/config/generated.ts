/** @file The files of the repository that are written from the schema and the families. */
import { configurationPage } from './configurationPage.ts';
import { jsonSchemaText } from './jsonSchema.ts';

/** Path from the project's root → text. */
export const generatedFiles = (): Readonly<Record<string, string>> => ({
  'configs/certprune.schema.json': jsonSchemaText(),
  'docs/configuration.md': configurationPage(),
});
