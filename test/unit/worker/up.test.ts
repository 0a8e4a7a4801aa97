import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isProcessAlive } from '../../../server/file-lock.mjs';
import { readServerJson } from '../../../server/server-json.js';
import type { ServerJson } from '../../../server/server-json.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const COMMAND = resolve(import.meta.dirname, '../../../bin/runbook.ts');

interface Up {
  child: ChildProcess;
  home: string;
  output: () => string;
  server: ServerJson;
}

/** The real command in a process of its own, ready to take tasks. */
async function up(): Promise<Up> {
  const home = temporaryDirectory();
  const args = ['--import', 'tsx', COMMAND, 'up', '--task-queue', 'up-test'];
  const env: NodeJS.ProcessEnv = { ...process.env, RUNBOOK_STATE_HOME: home };
  delete env['TEMPORAL_ADDRESS'];
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await vi.waitUntil(() => output.includes('Ready.') || child.exitCode !== null, { timeout: 15_000 });
  const server = readServerJson(home);
  if (server === undefined) throw new Error(output);
  return { child, home, output: () => output, server };
}

describe('runbook up', () => {
  it('says where everything is; Ctrl-C stops worker and server', async () => {
    const { child, home, output, server } = await up();
    for (const fact of [server.address, server.uiAddress, `${home}/temporal.db`, `${home}/worker.log`]) {
      expect(output()).toContain(fact);
    }
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(output()).toContain('Stopping the worker, then the server; runs wait.');
    expect(isProcessAlive(server.pid)).toBe(false);
    expect(readServerJson(home)).toBeUndefined();
  });

  it('ends with an error when the server ends by itself', async () => {
    const { child, home, output, server } = await up();
    process.kill(server.pid, 'SIGKILL');
    expect(await once(child, 'exit')).toEqual([7, null]);
    expect(output()).toContain('error: the Temporal server ended by itself');
    expect(output()).toContain(`${home}/temporal-server.log`);
  });
});
