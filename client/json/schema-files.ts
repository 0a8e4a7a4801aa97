import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { configJsonSchema } from '../config/json-schema.js';
import { planDocument } from './plan-document.js';

/** The project's generated JSON Schemas: path from its root, and what the file must hold. */
export const schemaFiles = (root: string): { path: string; content: string }[] => [
  {
    path: 'docs/runbook.schema.json',
    content: pretty(configJsonSchema(readFileSync(join(root, 'docs/runbook.example.yaml'), 'utf8'))),
  },
  {
    path: 'docs/plan.schema.json',
    content: pretty(z.toJSONSchema(planDocument, { target: 'draft-7' })),
  },
];

const pretty = (schema: object): string => `${JSON.stringify(schema, undefined, 2)}\n`;
