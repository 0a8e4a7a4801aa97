import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readServerJson, removeServerJson, stateHome, writeServerJson } from '../../../server/server-json.js';
import type { ServerJson } from '../../../server/server-json.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const SERVER: ServerJson = {
  address: '127.0.0.1:7233',
  namespace: 'default',
  uiAddress: 'http://127.0.0.1:8233',
  pid: process.pid,
  installationId: 'b653d5f0-a1b9-4b03-9103-516f9f30fea7',
};

describe('server.json', () => {
  it('is read as it was written, in a directory that is made for it', () => {
    const home = join(temporaryDirectory(), 'a', 'b');
    writeServerJson(home, SERVER);
    expect(readServerJson(home)).toEqual(SERVER);
  });

  it('is ignored when its server is gone', () => {
    const home = temporaryDirectory();
    writeServerJson(home, { ...SERVER, pid: spawnSync('/bin/true').pid });
    expect(readServerJson(home)).toBeUndefined();
  });

  it.each(['', '{', '[]', 'null', '{"address":1}', JSON.stringify({ ...SERVER, pid: 'x' })])(
    'is ignored when it holds %j',
    (content) => {
      const home = temporaryDirectory();
      writeFileSync(join(home, 'server.json'), content);
      expect(readServerJson(home)).toBeUndefined();
    },
  );

  it('is removed by its own server only', () => {
    const home = temporaryDirectory();
    writeServerJson(home, SERVER);
    removeServerJson(home, SERVER.pid + 1);
    expect(readServerJson(home)).toEqual(SERVER);
    removeServerJson(home, SERVER.pid);
    expect(existsSync(join(home, 'server.json'))).toBe(false);
    removeServerJson(home, SERVER.pid);
  });
});

it.each([
  [{ RUNBOOK_STATE_HOME: '/s', XDG_STATE_HOME: '/x', HOME: '/h' }, '/s'],
  [{ XDG_STATE_HOME: '/x', HOME: '/h' }, '/x/pg-replication-runbook'],
  [{ HOME: '/h' }, '/h/.local/state/pg-replication-runbook'],
])('the state of %j lies in %s', (env, expected) => {
  expect(stateHome(env)).toBe(expected);
});
