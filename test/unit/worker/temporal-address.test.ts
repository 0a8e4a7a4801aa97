import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporalAddress } from '../../../worker/temporal-address.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

let home: string;
beforeEach(() => {
  home = temporaryDirectory();
  vi.stubEnv('TEMPORAL_ADDRESS', undefined);
  vi.stubEnv('TEMPORAL_CONFIG_FILE', undefined);
  vi.stubEnv('XDG_CONFIG_HOME', join(home, 'config'));
});
afterEach(() => vi.unstubAllEnvs());

const addressOf = (): string => temporalAddress({ stateHome: home }).connection.address;

it('an empty profile file names no server', () => {
  mkdirSync(join(home, 'config', 'temporalio'), { recursive: true });
  const file = join(home, 'config', 'temporalio', 'temporal.toml');
  writeFileSync(file, '');
  expect(addressOf()).toBe('localhost:7233');
  vi.stubEnv('TEMPORAL_CONFIG_FILE', '/dev/null');
  expect(addressOf()).toBe('localhost:7233');
});
