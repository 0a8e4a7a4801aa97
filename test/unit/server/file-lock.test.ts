import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isProcessAlive, processStart, tryLock, withLock } from '../../../server/file-lock.mjs';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const MODULE = resolve(import.meta.dirname, '../../../server/file-lock.mjs');

/** Adds one to a file without any protection but the lock's. */
const COUNT = `
import { readFileSync, writeFileSync } from 'node:fs';
const { withLock } = await import(process.argv[1]);
for (let i = 0; i < 20; i += 1) {
  await withLock(process.argv[2], { pollMs: 1 }, async () => {
    const count = Number(readFileSync(process.argv[3], 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    writeFileSync(process.argv[3], String(count + 1));
  });
}`;

const deadPid = (): number => spawnSync('/bin/true').pid;

describe('tryLock', () => {
  it('says who has the lock, and can be taken again after its release', () => {
    const path = join(temporaryDirectory(), 'lock');
    const lock = tryLock(path);
    expect(tryLock(path)).toEqual({ heldBy: process.pid });
    if ('release' in lock) lock.release();
    expect(existsSync(path)).toBe(false);
    expect(tryLock(path)).toHaveProperty('release');
  });

  it('takes over the lock of a process that is gone', () => {
    const path = join(temporaryDirectory(), 'lock');
    writeFileSync(path, `${deadPid()} 1\n`);
    expect(tryLock(path)).toHaveProperty('release');
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  });

  it.runIf(process.platform === 'linux')('does not take a reused pid for the owner', () => {
    const path = join(temporaryDirectory(), 'lock');
    writeFileSync(path, `${process.pid} ${Number(processStart(process.pid)) - 1}\n`);
    expect(tryLock(path)).toHaveProperty('release');
  });
});

describe('withLock', () => {
  it('lets one process at a time in', async () => {
    const directory = temporaryDirectory();
    const lock = join(directory, 'lock');
    const counter = join(directory, 'counter');
    writeFileSync(counter, '0');
    writeFileSync(lock, `${deadPid()} 1\n`);
    const args = ['--input-type=module', '-e', COUNT, MODULE, lock, counter];
    const children = [1, 2, 3].map(() => spawn(process.execPath, args, { stdio: 'inherit' }));
    const ends = await Promise.all(children.map((child) => once(child, 'exit')));
    expect(ends.map(([code]: unknown[]) => code)).toEqual([0, 0, 0]);
    expect(readFileSync(counter, 'utf8')).toBe('60');
    expect(existsSync(lock)).toBe(false);
  });

  it('tells once whom it waits for', async () => {
    const path = join(temporaryDirectory(), 'lock');
    const first = tryLock(path);
    const onWait = vi.fn(() => {
      setTimeout(() => 'release' in first && first.release(), 30);
    });
    await expect(withLock(path, { onWait, pollMs: 5 }, () => Promise.resolve('done'))).resolves.toBe('done');
    expect(onWait.mock.calls).toEqual([[process.pid]]);
  });

  it('is released when the work fails', async () => {
    const path = join(temporaryDirectory(), 'lock');
    await expect(withLock(path, {}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });
});

it('a process that is gone is not alive', () => {
  expect(isProcessAlive(deadPid())).toBe(false);
  expect(isProcessAlive(process.pid)).toBe(true);
});
