import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTemporal, serverSettings } from '../../../client/connection.js';
import { stateHome, writeServerJson } from '../../../server/server-json.js';

let home: string;
let env: Record<string, string>;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'runbook-connection-'));
  env = { HOME: home, XDG_CONFIG_HOME: join(home, 'config') };
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const running = (): void => {
  writeServerJson(stateHome(env), {
    address: '127.0.0.1:7301',
    namespace: 'default',
    uiAddress: 'http://127.0.0.1:8301',
    pid: process.pid,
    installationId: 'installation-1',
  });
};

const profile = (text: string): void => {
  mkdirSync(join(home, 'config', 'temporalio'), { recursive: true });
  writeFileSync(join(home, 'config', 'temporalio', 'temporal.toml'), text);
};

const addressOf = (options: Parameters<typeof serverSettings>[0] = {}): string =>
  serverSettings(options, env, {}).connection.address;

describe('the server is looked for', () => {
  it('at the flag, then TEMPORAL_ADDRESS, then the profile, then server.json, then localhost', () => {
    expect(addressOf()).toBe('localhost:7233');
    running();
    expect(addressOf()).toBe('127.0.0.1:7301');
    profile('[profile.default]\naddress = "profile:7233"\n');
    expect(addressOf()).toBe('profile:7233');
    env['TEMPORAL_ADDRESS'] = 'environment:7233';
    expect(addressOf()).toBe('environment:7233');
    expect(addressOf({ address: 'flag:7233' })).toBe('flag:7233');
  });

  it('in the namespace of the flag, then the environment, then the configuration', () => {
    const namespaceOf = (options: { namespace?: string }, config: { namespace?: string }): string =>
      serverSettings(options, env, config).namespace;
    expect(namespaceOf({}, {})).toBe('default');
    expect(namespaceOf({}, { namespace: 'config' })).toBe('config');
    env['TEMPORAL_NAMESPACE'] = 'environment';
    expect(namespaceOf({}, { namespace: 'config' })).toBe('environment');
    expect(namespaceOf({ namespace: 'flag' }, { namespace: 'config' })).toBe('flag');
  });

  it('and is the same installation by whichever name it is reached', () => {
    running();
    const named = (options: { address?: string }): string => serverSettings(options, env, {}).server;
    expect(named({})).toBe('installation-1');
    expect(named({ address: 'localhost:7301' })).toBe('installation-1');
    expect(named({ address: 'elsewhere:7301' })).toBe('elsewhere:7301/default');
  });

  it('with an unreadable profile that is an error, not another server', () => {
    profile('this is no TOML');
    expect(() => addressOf()).toThrow('the Temporal profile or a TEMPORAL_* variable cannot be read');
  });

  it.each(['', '# nothing yet\n'])(
    'with a profile file that holds no profile: as if there were none',
    (text) => {
      profile(text);
      expect(addressOf()).toBe('localhost:7233');
      env['TEMPORAL_ADDRESS'] = 'environment:7233';
      expect(addressOf()).toBe('environment:7233');
      env['TEMPORAL_PROFILE'] = 'staging';
      expect(() => addressOf()).toThrow(
        expect.objectContaining({
          problem: expect.objectContaining({
            code: 'CONFIG_INVALID',
            detail: 'the file has no profile "staging", nor any other',
          }) as unknown,
        }) as Error,
      );
    },
  );

  it('with /dev/null for a profile file: as if there were none', () => {
    env['TEMPORAL_CONFIG_FILE'] = '/dev/null';
    expect(addressOf()).toBe('localhost:7233');
  });
});

it('where nothing answers, that is said within five seconds', async () => {
  const begun = Date.now();
  await expect(connectTemporal({ address: '127.0.0.1:1' }, { env })).rejects.toMatchObject({
    problem: { code: 'TEMPORAL_UNREACHABLE', message: '127.0.0.1:1: no Temporal server answers' },
  });
  expect(Date.now() - begun).toBeLessThan(5_000);
});
