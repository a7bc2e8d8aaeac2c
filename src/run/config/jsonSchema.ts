/** @file The configuration as a JSON Schema, for completion and checks in editors. */
import { z } from 'zod';
import { openGroups } from './families.ts';
import { configSchema } from './schema.ts';
import { defaultsByTrainer } from './trainer.ts';

/** A node of the JSON Schema, as far as keys are described by it. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly description?: string;
  /** Beside JSON Schema's own words: a value that the key may have. */
  readonly example?: unknown;
  readonly default?: unknown;
}

/** The configuration's keys. Defaults that depend on the trainer stand in the descriptions. */
export function configJsonSchema(): SchemaNode & { readonly properties: Record<string, SchemaNode> } {
  const schema = z.toJSONSchema(configSchema('fgsm'), { io: 'input', unrepresentable: 'any' }) as {
    properties: Record<string, SchemaNode & { required?: string[] }>;
    required?: string[];
  };
  delete schema.required;
  const { properties } = schema;
  delete properties['prune'].required;
  // certprune itself writes it.
  delete properties['data_record'];
  for (const key of Object.keys(properties)) {
    const byTrainer = defaultsByTrainer(key);
    if (byTrainer === undefined) continue;
    const { default: start, ...rest } = properties[key];
    properties[key] = {
      ...rest,
      example: start,
      description: `${rest.description} Default: ${byTrainer}.`,
    };
  }
  for (const key of openGroups) {
    const { description, default: start, ...group } = properties[key];
    properties[key] = {
      ...(description !== undefined && { description }),
      default: start,
      anyOf: [group, { type: 'string' }],
    };
  }
  return schema;
}

/** The text of `configs/certprune.schema.json`. */
export const jsonSchemaText = (): string =>
  `${JSON.stringify({ title: 'certprune run configuration', ...configJsonSchema() }, null, 2)}\n`;
