import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { keepReadyFile } from '../../../worker/ready-file.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

it('renews the ready file while the server answers, and removes it at the end', async () => {
  const file = join(temporaryDirectory(), 'ready');
  let answers = true;
  const getSystemInfo = vi.fn(() => (answers ? Promise.resolve({}) : Promise.reject(new Error('gone'))));
  const server = {
    withDeadline: <R>(_deadline: number, ask: () => Promise<R>) => ask(),
    workflowService: { getSystemInfo },
  };
  const forget = keepReadyFile(file, server, 5);
  expect(existsSync(file)).toBe(true);

  rmSync(file);
  await vi.waitUntil(() => existsSync(file));

  answers = false;
  const asked = getSystemInfo.mock.calls.length;
  await vi.waitUntil(() => getSystemInfo.mock.calls.length > asked + 1);
  rmSync(file);
  const then = getSystemInfo.mock.calls.length;
  await vi.waitUntil(() => getSystemInfo.mock.calls.length > then + 1);
  expect(existsSync(file)).toBe(false);

  answers = true;
  await vi.waitUntil(() => existsSync(file));
  forget();
  expect(existsSync(file)).toBe(false);
});
