import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DURABLE } from '../../../../planning/commands/durable.js';
import { EMPTY_DIRECTORY } from '../../../../planning/commands/empty-directory.js';
import { FINGERPRINT } from '../../../../planning/commands/fingerprint.js';
import { GUARD, guardVariables, type GuardInput } from '../../../../planning/commands/guard.js';
import { LINKED } from '../../../../planning/commands/linked.js';
import { PROCESSES } from '../../../../planning/commands/processes.js';
import { REMOVE_INCOMING } from '../../../../planning/commands/remove-incoming.js';
import { buildScript, REFUSED } from '../../../../planning/commands/script.js';
import { atEveryCut, guardOn, scriptBench, type ScriptBench } from './script-bench.js';

interface Incoming {
  bench: ScriptBench;
  data: string;
  directory: string;
  remove(): ReturnType<ScriptBench['run']>;
}

const POSTGRES = statSync('/var/lib/postgresql');

/** As the job and the taking back use it, alone. */
const removeIncomingScript = (guard: GuardInput, osUser: string): string =>
  buildScript({
    variables: { ...guardVariables(guard), OSUSER: osUser, LINKED: '' },
    functions: [DURABLE, GUARD, PROCESSES, FINGERPRINT, LINKED, EMPTY_DIRECTORY, REMOVE_INCOMING],
    body: 'guard\nremove_incoming',
  });

/** The copy as the job makes it: the owner's, its inode on record. */
function incoming(recorded = true): Incoming {
  const bench = scriptBench();
  const data = bench.path('main');
  const directory = `${data}.incoming-a1b2c3d4`;
  mkdirSync(data);
  make(directory);
  const guard = guardOn(data);
  bench.claimed(guard, recorded ? { incomingInode: String(statSync(directory).ino) } : {});
  return { bench, data, directory, remove: () => bench.run(removeIncomingScript(guard, 'postgres')) };
}

function make(directory: string): void {
  mkdirSync(`${directory}/base/1`, { recursive: true });
  writeFileSync(`${directory}/base/1/2`, 'rows');
  chownSync(directory, POSTGRES.uid, POSTGRES.gid);
}

describe('remove_incoming', () => {
  it('removes the copy and its note, and nothing beside it', async () => {
    const { bench, data, directory, remove } = incoming();
    expect(await remove()).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(directory)).toBe(false);
    expect(existsSync(data)).toBe(true);
    expect(bench.record(data, 'a1b2c3d4')).not.toHaveProperty('incomingInode');
    expect(await remove()).toMatchObject({ code: 0 });
  });

  it('forgets a copy that somebody else has removed, so that the next one gets its own note', async () => {
    const { bench, data, directory, remove } = incoming();
    rmSync(directory, { recursive: true });
    expect(await remove()).toMatchObject({ code: 0 });
    expect(bench.record(data, 'a1b2c3d4')).not.toHaveProperty('incomingInode');
  });

  it.each<[string, (made: Incoming) => void]>([
    [
      'a link',
      ({ directory }) => {
        renameSync(directory, `${directory}.real`);
        symlinkSync(`${directory}.real`, directory);
      },
    ],
    [
      'a link that leads nowhere',
      ({ directory }) => {
        rmSync(directory, { recursive: true });
        symlinkSync('/nowhere/at/all', directory);
      },
    ],
    [
      'a file',
      ({ directory }) => {
        rmSync(directory, { recursive: true });
        writeFileSync(directory, 'mine');
      },
    ],
    [
      'another directory of the name',
      ({ directory }) => {
        renameSync(directory, `${directory}.kept`);
        make(directory);
      },
    ],
    ['a directory of another owner', ({ directory }) => chownSync(directory, 0, 0)],
  ])('refuses %s', async (_, change) => {
    const made = incoming();
    change(made);
    const before = readdirSync(made.bench.directory, { recursive: true, encoding: 'utf8' });
    expect(await made.remove()).toMatchObject({ code: REFUSED, refused: { code: 'SWAP_UNEXPECTED' } });
    const after = readdirSync(made.bench.directory, { recursive: true, encoding: 'utf8' });
    expect(after.filter((path) => path.startsWith('main'))).toEqual(
      before.filter((path) => path.startsWith('main')),
    );
  });

  it('refuses one in which a process works', async () => {
    const { directory, remove } = incoming();
    const process = spawn('cat', { cwd: directory, stdio: ['pipe', 'pipe', 'inherit'] });
    process.stdin.write('here');
    await once(process.stdout, 'data');
    try {
      expect(await remove()).toMatchObject({
        code: REFUSED,
        refused: { code: 'SWAP_UNEXPECTED', detail: expect.stringContaining('a process works in') as string },
      });
    } finally {
      process.stdin.end();
      await once(process, 'exit');
    }
    expect(await remove()).toMatchObject({ code: 0 });
    expect(existsSync(directory)).toBe(false);
  });

  it('removes a directory that is not on record only while it is empty', async () => {
    const { directory, remove } = incoming(false);
    expect(await remove()).toMatchObject({ code: REFUSED, refused: { code: 'SWAP_UNEXPECTED' } });
    expect(existsSync(`${directory}/base/1/2`)).toBe(true);
    rmSync(`${directory}/base`, { recursive: true });
    expect(await remove()).toMatchObject({ code: 0 });
    expect(existsSync(directory)).toBe(false);
  });

  it('goes on where it was cut off', async () => {
    const { bench, data, directory, remove } = incoming();
    const { effects } = await bench.runCut(removeIncomingScript(guardOn(data), 'postgres'), 0);
    await atEveryCut(effects, async (at) => {
      const again = incoming();
      await again.bench.runCut(removeIncomingScript(guardOn(again.data), 'postgres'), at);
      expect(await again.remove()).toMatchObject({ code: 0 });
      expect(existsSync(again.directory)).toBe(false);
      expect(again.bench.record(again.data, 'a1b2c3d4')).not.toHaveProperty('incomingInode');
    });
    expect([existsSync(directory), (await remove()).code]).toEqual([false, 0]);
  });
});
