import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findTemporal, temporalCachePath, TEMPORAL_VERSION } from '../../../server/find-temporal.mjs';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { writeProgram } from '../../support/write-program.js';

const says = (version: string): string => `echo "temporal version ${version} (Server 1.31.2, UI 2.50.1)"`;

/** A machine with nothing but what a test puts there. */
function machine() {
  const home = temporaryDirectory();
  const env: Record<string, string> = { PATH: join(home, 'bin'), XDG_CACHE_HOME: join(home, 'cache') };
  return {
    env,
    onPath: (version: string) => writeProgram(join(home, 'bin'), 'temporal', says(version)),
    inCache: () => writeProgram(join(env['XDG_CACHE_HOME'] ?? ''), cacheName, says(TEMPORAL_VERSION)),
    named: (script: string) => writeProgram(home, 'named', script),
  };
}

const cacheName = `pg-replication-runbook/temporal-${TEMPORAL_VERSION}`;

describe('findTemporal', () => {
  it('prefers TEMPORAL_ADDRESS, then TEMPORAL_CLI_PATH, then PATH, then the cache', () => {
    const { env, onPath, inCache, named } = machine();
    const cached = inCache();
    expect(findTemporal(env)).toMatchObject({ source: 'cache', path: cached, version: TEMPORAL_VERSION });
    const found = onPath('1.7.0');
    expect(findTemporal(env)).toMatchObject({ source: 'PATH', path: found, version: '1.7.0' });
    env['TEMPORAL_CLI_PATH'] = named(says('1.9.1'));
    expect(findTemporal(env)).toMatchObject({ source: 'TEMPORAL_CLI_PATH', version: '1.9.1' });
    env['TEMPORAL_ADDRESS'] = 'temporal.internal:7233';
    expect(findTemporal(env)).toEqual({ kind: 'address', address: 'temporal.internal:7233' });
  });

  it('passes over a program on PATH that is too old, and says so', () => {
    const { env, onPath, inCache } = machine();
    const old = onPath('0.13.2');
    expect(findTemporal(env)).toEqual({
      kind: 'missing',
      passedOver: [`${old} is version 0.13.2, older than 1.4`],
    });
    inCache();
    expect(findTemporal(env)).toMatchObject({ source: 'cache' });
  });

  it('never goes on silently when TEMPORAL_CLI_PATH is wrong', () => {
    const { env, inCache, named } = machine();
    inCache();
    for (const path of ['/nowhere/temporal', named('echo something else'), named('exit 3')]) {
      env['TEMPORAL_CLI_PATH'] = path;
      expect(findTemporal(env)).toEqual({
        kind: 'missing',
        passedOver: [`TEMPORAL_CLI_PATH is ${path}, which is not a temporal program`],
      });
    }
  });

  it('finds nothing on an empty machine', () => {
    expect(findTemporal(machine().env)).toEqual({ kind: 'missing', passedOver: [] });
  });
});

it('the cache lies under XDG_CACHE_HOME, else under ~/.cache', () => {
  expect(temporalCachePath({ XDG_CACHE_HOME: '/c' })).toBe(`/c/${cacheName}`);
  expect(temporalCachePath({ HOME: '/home/ann' })).toBe(`/home/ann/.cache/${cacheName}`);
});

it('go.mod pins the same version', () => {
  const goMod = readFileSync(resolve(import.meta.dirname, '../../../server/go.mod'), 'utf8');
  expect(goMod).toContain(`\tgithub.com/temporalio/cli v${TEMPORAL_VERSION} `);
});
