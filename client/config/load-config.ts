import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { RunConfig } from '../../workflows/contract/config.js';
import { commandFailure } from '../failure.js';
import { configDigest } from './digest.js';
import { configIssues } from './issues.js';
import type { ConfigIssue } from './issues.js';
import { lineAndColumn } from './locate.js';
import { normalise } from './normalise.js';
import { runbookYaml } from './schema.js';

export interface LoadedConfig {
  /** Absolute path of the file. */
  path: string;
  config: RunConfig;
  digest: string;
  /** As far as the file names them. */
  temporal: { namespace?: string; taskQueue?: string };
}

/** Reads and checks a runbook.yaml. All its errors are told at once, each at its line and column. */
export function loadConfig(file: string): LoadedConfig {
  return parseConfig(read(file), file);
}

export function parseConfig(text: string, file: string): LoadedConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    at: lineAndColumn(lines, error.pos[0]),
    text: error.message,
  }));
  if (broken.length > 0) throw invalid(file, broken);
  const parsed = runbookYaml.safeParse(document.toJS(), { reportInput: true });
  if (!parsed.success) throw invalid(file, configIssues(parsed.error, document, lines));
  const path = resolve(file);
  const config = normalise(parsed.data, dirname(path));
  const { namespace, taskQueue } = parsed.data.temporal;
  return {
    path,
    config,
    digest: configDigest(config),
    temporal: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(taskQueue === undefined ? {} : { taskQueue }),
    },
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw commandFailure('CONFIG_NOT_FOUND', `${file} cannot be read`, { detail: reason, cause: error });
  }
}

function invalid(file: string, issues: ConfigIssue[]): Error {
  const told = issues.map(({ at, text }) => `${file}:${at}: ${text}`);
  const [only] = told;
  if (told.length === 1 && only !== undefined) return commandFailure('CONFIG_INVALID', only);
  return commandFailure('CONFIG_INVALID', `${basename(file)} has ${String(told.length)} errors`, {
    detail: told.join('\n'),
    hint: 'Correct these lines. Unknown keys are errors on purpose: a misspelt safety setting must not be ignored.',
  });
}
