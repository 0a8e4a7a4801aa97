import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Host } from '../../../activities/hosts/host.js';
import { readHbaIncludes } from '../../../activities/read-hba-includes.js';

/** A host whose scripts run here; `rounds` counts them. */
function localHost(): { host: Host; rounds: () => number } {
  let rounds = 0;
  const run = (script: string): Promise<unknown> => {
    rounds += 1;
    const stdout = execFileSync('/bin/sh', ['-s'], { input: script, encoding: 'utf8' });
    return Promise.resolve({ kind: 'exited', code: 0, stdout, stderr: '' });
  };
  return { host: { name: 'leader', run } as unknown as Host, rounds: () => rounds };
}

function directoryWith(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'hba-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, 'conf.d'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

it('does not ask a host whose file refers to nothing', async () => {
  const { host, rounds } = localHost();
  const hba = { path: '/etc/pg_hba.conf', text: 'host all "@x" all md5 # @y\n', majorVersion: 16 };
  expect(await readHbaIncludes(host, hba)).toEqual({});
  expect(rounds()).toBe(0);
});

it('goes on until it knows all that is referred to', async () => {
  const directory = directoryWith({
    roles: '@more\n',
    more: 'repl\n',
    'conf.d/a.conf': 'host replication @../roles all md5\n',
    'conf.d/b.txt': 'never',
  });
  const { host, rounds } = localHost();
  const text = 'include_if_exists absent\ninclude_dir conf.d\n';
  const found = await readHbaIncludes(host, { path: join(directory, 'pg_hba.conf'), text, majorVersion: 16 });
  expect(found).toEqual({
    [`${directory}/conf.d/`]: 'a.conf\n',
    [`${directory}/conf.d/a.conf`]: 'host replication @../roles all md5\n',
    [`${directory}/roles`]: '@more\n',
    [`${directory}/more`]: 'repl\n',
  });
  expect(rounds()).toBe(4);
});

it('says so when a file cannot be read', async () => {
  const directory = directoryWith({});
  symlinkSync('/dev/null', join(directory, 'roles'));
  const hba = { path: join(directory, 'pg_hba.conf'), text: 'host all @roles all md5', majorVersion: 15 };
  expect(await readHbaIncludes(localHost().host, hba)).toBeUndefined();
});
