import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import type { PasswordSource } from '../workflows/contract/config.js';
import { expandHome } from './expand-home.js';
import { stepFailure } from './failures.js';
import type { StepFailure } from './failures.js';
import { assertPlainPassword } from './postgres/scram.js';

const REDACTED = '[redacted]';
const GENERATED_BYTES = 24;

/** A value that shows itself in no log, message or JSON; `reveal()` is the one way to it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Reads the password where the worker runs. Throws PASSWORD_MISSING or PASSWORD_UNUSABLE. */
export async function readPassword(source: Exclude<PasswordSource, { kind: 'generate' }>): Promise<Secret> {
  const value = source.kind === 'file' ? await fromFile(source.path) : fromEnvironment(source.name);
  assertPlainPassword(value);
  return new Secret(value);
}

/** 32 characters of the URL-safe base64 alphabet: 192 random bits, no character that anything would have to quote. */
export const generatePassword = (): Secret => new Secret(randomBytes(GENERATED_BYTES).toString('base64url'));

async function fromFile(path: string): Promise<string> {
  const text = await readFile(expandHome(path), 'utf8').catch((error: unknown) => {
    throw missing(
      `the password file cannot be read by the worker: ${path}`,
      error instanceof Error ? error.message : undefined,
    );
  });
  const value = text.replace(/\r?\n$/, ''); // editors end the last line
  if (value === '') throw missing(`the password file is empty: ${path}`);
  return value;
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw missing(`the environment variable ${name} is not set where the worker runs`);
  if (value === '') throw missing(`the environment variable ${name} is empty where the worker runs`);
  return value;
}

const missing = (message: string, detail?: string): StepFailure =>
  stepFailure('PASSWORD_MISSING', undefined, message, {
    detail,
    hint: "Paths and variables in the configuration are the worker's: create it there, then `runbook resume`.",
  });
