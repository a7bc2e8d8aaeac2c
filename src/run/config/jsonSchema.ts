/** @file The configuration as a JSON Schema, for completion and checks in editors. */
import { z } from 'zod';
import { implementedNames, type ConfigNames } from './names.ts';
import { configSchema } from './schema.ts';
import { trainerDefaults } from './trainer.ts';

/** The JSON Schema text of `configs/certprune.schema.json`. Defaults that depend on the trainer are left out. */
export function jsonSchemaText(names: ConfigNames = implementedNames): string {
  const schema = z.toJSONSchema(configSchema(names, 'fgsm'), { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, { default?: unknown; required?: string[] }>;
    required?: string[];
  };
  delete schema.required;
  delete schema.properties['prune']?.required;
  for (const key of Object.keys(trainerDefaults.fgsm)) delete schema.properties[key]?.default;
  return `${JSON.stringify({ title: 'certprune run configuration', ...schema }, null, 2)}\n`;
}
