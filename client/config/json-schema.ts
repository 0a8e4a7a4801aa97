import { isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import type { Node } from 'yaml';
import { z } from 'zod';
import { runbookYaml } from './schema.js';

interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/**
 * JSON Schema (draft 7, which editors know best) of runbook.yaml, for completion and for checks while it is
 * typed. What a key means is taken from the comments of docs/runbook.example.yaml, whose text this gets.
 * The command line itself checks more: sizes that are too small, names that clash.
 */
export function configJsonSchema(example: string): object {
  const schema = z.toJSONSchema(runbookYaml, { io: 'input', unrepresentable: 'any', target: 'draft-7' });
  describe(schema as JsonSchema, '', commentsOf(parseDocument(example).contents, ''));
  const { $schema, ...rest } = schema;
  return {
    $schema,
    title: 'runbook.yaml',
    description: 'Configuration of pg-replication-runbook; docs/runbook.example.yaml shows every key.',
    ...rest,
  };
}

function describe(at: JsonSchema, path: string, comments: ReadonlyMap<string, string>): void {
  // What a key of a host means is told once, at the leader.
  const told = comments.get(path) ?? comments.get(path.replace(/^followers\[\]/, 'leader'));
  if (told !== undefined) at.description = told;
  if (at.items !== undefined) describe(at.items, `${path}[]`, comments);
  for (const [key, inner] of Object.entries(at.properties ?? {}))
    describe(inner, path === '' ? key : `${path}.${key}`, comments);
}

/** Comments above or behind a key, as text, by the key's dotted path: `followers[].name`. */
function commentsOf(node: unknown, prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  if (isSeq(node)) for (const item of node.items) addAll(found, commentsOf(item, `${prefix}[]`));
  if (!isMap(node)) return found;
  for (const pair of node.items) {
    if (!isPair(pair) || !isScalar(pair.key)) continue;
    const path = prefix === '' ? String(pair.key.value) : `${prefix}.${String(pair.key.value)}`;
    const value = pair.value as Node | null;
    const parts = [pair.key.commentBefore, value?.commentBefore, value?.comment];
    const text = parts.flatMap((part) => part?.split('\n') ?? []).map((line) => line.trim());
    if (text.length > 0) found.set(path, text.join(' '));
    addAll(found, commentsOf(pair.value, path));
  }
  return found;
}

const addAll = (to: Map<string, string>, from: ReadonlyMap<string, string>): void => {
  for (const [key, value] of from) to.set(key, value);
};
