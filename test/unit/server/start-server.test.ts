import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isProcessAlive } from '../../../server/file-lock.mjs';
import { readServerJson } from '../../../server/server-json.js';
import { startServer } from '../../../server/start-server.js';
import type { RunningServer } from '../../../server/start-server.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { writeProgram } from '../../support/write-program.js';

const START = `
const { startServer } = await import(process.argv[1]);
await startServer({ stateHome: process.argv[2], port: 0, log: () => {} });
setInterval(() => {}, 1000);`;

async function start(stateHome: string, port = 0): Promise<RunningServer> {
  const server = await startServer({ stateHome, port, log: () => undefined });
  onTestFinished(async () => {
    await server.stop();
  });
  return server;
}

async function describeNamespace(address: string) {
  const connection = await Connection.connect({ address });
  try {
    return await connection.workflowService.describeNamespace({ namespace: 'default' });
  } finally {
    await connection.close();
  }
}

describe('startServer', () => {
  it('answers on 127.0.0.1, keeps closed runs for 90 days, and can be found', async () => {
    const home = temporaryDirectory();
    const server = await start(home);
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const { config } = await describeNamespace(server.address);
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
    expect(readServerJson(home)).toEqual({
      address: server.address,
      namespace: 'default',
      uiAddress: server.uiAddress,
      pid: server.pid,
      installationId: server.installationId,
    });
    expect((await fetch(server.uiAddress)).status).toBe(200);
    expect(statSync(server.logFile).mode & 0o777).toBe(0o600);
  });

  it('is the same installation after a restart, and leaves nothing running', async () => {
    const home = temporaryDirectory();
    const first = await start(home);
    await first.stop();
    expect(isProcessAlive(first.pid)).toBe(false);
    expect(existsSync(join(home, 'server.json'))).toBe(false);
    const second = await start(home);
    expect(second.installationId).toBe(first.installationId);
  });

  it('refuses a second server on the same database', async () => {
    const home = temporaryDirectory();
    await start(home);
    await expect(start(home)).rejects.toMatchObject({
      name: 'ServerStartError',
      message: 'a Temporal server already runs on this database',
      hint: expect.stringContaining('runbook worker') as string,
    });
  });

  it('takes another port when the one it wants is taken', async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, '127.0.0.1', done));
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const server = await start(temporaryDirectory(), port);
    expect(server.address).not.toBe(`127.0.0.1:${port}`);
    await describeNamespace(server.address);
  });

  it('reports a server that ends by itself', async () => {
    const home = temporaryDirectory();
    const server = await start(home);
    process.kill(server.pid, 'SIGKILL');
    await expect(server.exited).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    expect(readServerJson(home)).toBeUndefined();
  });

  it('ends with the process that started it, even by SIGKILL; the next one waits for that', async () => {
    const home = temporaryDirectory();
    const modulePath = resolve(import.meta.dirname, '../../../server/start-server.ts');
    const args = ['--import', 'tsx', '--input-type=module', '-e', START, modulePath, home];
    const starter = spawn(process.execPath, args, { stdio: 'inherit' });
    onTestFinished(() => void starter.kill('SIGKILL'));
    const { pid } = await vi.waitUntil(() => readServerJson(home), { timeout: 15_000, interval: 50 });
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    await start(home);
    expect(isProcessAlive(pid)).toBe(false);
  });

  it('says what the program said when it does not start', async () => {
    const home = temporaryDirectory();
    const broken = '[ "$1" = --version ] && echo "temporal version 1.8.2 (x)" || { echo "no disk"; exit 4; }';
    const env = { TEMPORAL_CLI_PATH: writeProgram(home, 'temporal', broken) };
    await expect(startServer({ stateHome: home, port: 0, log: () => undefined, env })).rejects.toMatchObject({
      message: 'the Temporal server did not start',
      detail: expect.stringContaining('code 4') as string,
    });
    expect(existsSync(join(home, 'server.lock'))).toBe(false);
  });

  it('names every way out when there is no program', async () => {
    const env = { PATH: '/nowhere', XDG_CACHE_HOME: '/nowhere' };
    await expect(
      startServer({ stateHome: temporaryDirectory(), log: () => undefined, env }),
    ).rejects.toMatchObject({
      message: 'there is no Temporal server program on this machine',
      hint: expect.stringMatching(/npm run setup[^]*TEMPORAL_ADDRESS[^]*TEMPORAL_CLI_PATH/) as string,
    });
  });
});
