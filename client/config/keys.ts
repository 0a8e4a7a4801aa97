import { z } from 'zod';
import { runbookYaml } from './schema.js';

interface JsonSchema {
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
}

let schema: JsonSchema | undefined;

/** The keys the configuration may have at a path. */
export function keysAt(path: readonly PropertyKey[]): string[] {
  let at: JsonSchema | undefined = jsonSchema();
  for (const part of path) at = typeof part === 'number' ? at?.items : at?.properties?.[String(part)];
  return Object.keys(at?.properties ?? {});
}

/** Every key as a dotted path, `followers[].name`; docs/runbook.example.yaml is compared with it. */
export const allKeys = (): string[] => collect(jsonSchema(), '');

function collect(at: JsonSchema, prefix: string): string[] {
  if (at.items !== undefined) return collect(at.items, `${prefix}[]`);
  if (at.anyOf !== undefined) return at.anyOf.flatMap((option) => collect(option, prefix));
  return Object.entries(at.properties ?? {}).flatMap(([key, inner]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [path, ...collect(inner, path)];
  });
}

const jsonSchema = (): JsonSchema =>
  (schema ??= z.toJSONSchema(runbookYaml, { io: 'input', unrepresentable: 'any' }) as JsonSchema);
