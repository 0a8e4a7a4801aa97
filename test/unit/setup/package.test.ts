import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const ROOT = resolve(import.meta.dirname, '../../..');

/**
 * What `npm install --global` makes of the packed file, but for the packages it needs: those are the ones of this
 * clone, so that no registry is asked. @returns the program on PATH
 */
function installedPackage(directory: string): { program: string; files: string[] } {
  // without scripts: they would build, which has been done
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const [packed] = JSON.parse(execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8' })) as [
    { filename: string; files: { path: string }[] },
  ];
  const modules = join(directory, 'lib/node_modules');
  mkdirSync(modules, { recursive: true });
  execFileSync('tar', ['-xzf', join(directory, packed.filename), '-C', modules]);
  symlinkSync(join(ROOT, 'node_modules'), join(modules, 'node_modules'));
  mkdirSync(join(directory, 'bin'));
  const program = join(directory, 'bin/runbook');
  symlinkSync('../lib/node_modules/package/bin/runbook', program);
  return { program, files: packed.files.map(({ path }) => path) };
}

it('a global installation runs: version, server and worker, plan', { timeout: 60_000 }, async () => {
  const directory = realpathSync(temporaryDirectory());
  const { program, files } = installedPackage(directory);
  expect(files.filter((path) => /^(test|dist\/test|scripts|bench)\/|\.ts$|\.map$/.test(path))).toEqual([]);
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'lab/lab.sh', 'lab/packages.txt']));

  const { TEMPORAL_ADDRESS: _, ...environment } = process.env;
  const env = { ...environment, RUNBOOK_STATE_HOME: join(directory, 'state'), NO_COLOR: '1' };
  const run = (...args: string[]) => spawnSync(program, args, { cwd: directory, encoding: 'utf8', env });
  expect(run('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);

  let said = '';
  const up = spawn(program, ['up', '--port', '0'], { cwd: directory, env });
  for (const stream of [up.stdout, up.stderr]) stream.on('data', (chunk: Buffer) => (said += String(chunk)));
  const ended = new Promise((done) => up.once('close', done));
  onTestFinished(async () => {
    up.kill('SIGTERM');
    await ended;
  });
  await vi.waitUntil(() => /^Ready\./m.test(said) || up.exitCode !== null, { timeout: 30_000 });
  expect(said).toContain('Ready.');

  writeFileSync(join(directory, 'runbook.yaml'), CONFIG);
  const plan = run('plan');
  expect(plan.stdout).toContain('blocker: leader:');
  expect(plan.status).toBe(3);
});

/** Nobody listens there; a plan says so. */
const CONFIG = `version: 1
cluster: nowhere
leader: { name: leader, host: 127.0.0.1, sshPort: 1, address: 127.0.0.1 }
followers: [{ name: follower1, host: 127.0.0.1, sshPort: 1 }]
ssh: { user: ops, identityFile: /nonexistent, knownHosts: /nonexistent }
replication: { role: replication, password: generate, slotWalLimit: 1GB, tls: require }
`;
