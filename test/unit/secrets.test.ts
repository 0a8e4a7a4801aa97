import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format, inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { generatePassword, readPassword, Secret } from '../../activities/secrets.js';
import { problemOf } from './ssh/problem-of.js';

const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const file = (text: string) => {
  const path = join(directory, 'password');
  writeFileSync(path, text);
  return { kind: 'file', path } as const;
};
const environment = (name: string, value: string | undefined) => {
  if (value === undefined) Reflect.deleteProperty(process.env, name);
  else process.env[name] = value;
  return { kind: 'env', name } as const;
};

describe('a secret', () => {
  const secret = new Secret('canary');

  it('reveals itself only when asked', () => {
    expect(secret.reveal()).toBe('canary');
    const shown = [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ deep: { secret } }, { showHidden: true, depth: 9 }),
      format('%s %o %j', secret, secret, secret),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone(Object.assign({}, secret))),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
    expect(JSON.stringify({ secret })).toBe('{"secret":"[redacted]"}');
  });
});

describe('reading a password', () => {
  it.each([
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    [' blanks count ', ' blanks count '],
  ])('file %j', async (text, expected) => {
    expect((await readPassword(file(text))).reveal()).toBe(expected);
  });

  it('environment', async () => {
    const password = await readPassword(environment('TEST_REPLICATION_PASSWORD', 'secret'));
    expect(password.reveal()).toBe('secret');
  });

  it.each([
    [
      'is not there',
      () => ({ kind: 'file', path: '/nonexistent/password' }) as const,
      '/nonexistent/password',
    ],
    ['is empty', () => file(''), 'is empty'],
    ['is one empty line', () => file('\n'), 'is empty'],
    [
      'is not set',
      () => environment('TEST_REPLICATION_PASSWORD', undefined),
      'TEST_REPLICATION_PASSWORD is not set',
    ],
    ['is set to nothing', () => environment('TEST_REPLICATION_PASSWORD', ''), 'is empty'],
  ])('what %s is named', async (_, source, words) => {
    const problem = await problemOf(readPassword(source()));
    expect(problem.code).toBe('PASSWORD_MISSING');
    expect(problem.message).toContain(words);
    expect(problem.hint).toBeDefined();
  });

  it.each(['two\nlines\n', 'pässword'])('%j is refused', async (text) => {
    const problem = await problemOf(readPassword(file(text)));
    expect(problem.code).toBe('PASSWORD_UNUSABLE');
  });

  it('generated ones are long, plain and never the same', () => {
    const passwords = Array.from({ length: 50 }, () => generatePassword().reveal());
    expect(new Set(passwords).size).toBe(50);
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
  });
});
