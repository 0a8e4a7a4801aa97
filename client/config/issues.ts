import type { Document, LineCounter } from 'yaml';
import type { z } from 'zod';
import { suggest } from '../suggest.js';
import { lineAndColumn, offsetOf } from './locate.js';
import { keysAt } from './keys.js';

/** One error of the configuration, as it stands in the message. */
export interface ConfigIssue {
  /** `line:column` */
  at: string;
  text: string;
}

export function configIssues(error: z.ZodError, document: Document, lines: LineCounter): ConfigIssue[] {
  return error.issues
    .flatMap((issue) => describe(issue))
    .map(({ path, key, text }) => ({
      at: lineAndColumn(lines, offsetOf(document, path, key)),
      text,
    }));
}

interface Described {
  path: readonly PropertyKey[];
  key?: string;
  text: string;
}

function describe(issue: z.core.$ZodIssue): Described[] {
  const where = dotted(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: issue.path, key, text: unknownKey(issue.path, key) }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [{ path: issue.path, text: `${where} is missing` }];
  }
  return [{ path: issue.path, text: where === '' ? issue.message : `${where}: ${issue.message}` }];
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const known = keysAt(path);
  const near = suggest(key, known);
  const rest = near === undefined ? `known here: ${known.join(', ')}` : `did you mean "${near}"?`;
  return `unknown key "${dotted([...path, key])}"; ${rest}`;
}

/** `followers[0].name` */
const dotted = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${String(part)}]`
        : `${text}${text === '' ? '' : '.'}${String(part)}`,
    '',
  );
