import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noteLabCompanion } from '../../lab/lab-companion.js';
import { labCommand, labExec } from '../../lab/lab-exec.js';
import { labScript } from '../../lab/lab-script.js';
import { labSshJson } from '../../lab/lab-ssh.js';

const run = promisify(execFile);
const PGDATA = '/var/lib/postgresql/15/main';
const MARKER = '# Written by "runbook lab up"';

const directory = mkdtempSync(join(tmpdir(), 'lab-lifecycle-'));
const home = join(directory, 'lab home');
const hosts = ['leader', 'follower1'];

async function lab(args: string[], at = home): Promise<{ stdout: string; stderr: string }> {
  const outcome = await labCommand(at, args, { cwd: directory });
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome;
}

async function on(host: string, command: string): Promise<string> {
  const outcome = await labExec(home, host, ['bash', '-c', `cd /; ${command}`]);
  expect(outcome.code, outcome.stderr).toBe(0);
  return outcome.stdout.trim();
}

const psql = (host: string, statement: string, database = 'postgres'): Promise<string> =>
  on(host, `sudo -u postgres psql -XAt -v ON_ERROR_STOP=1 -d ${database} -c "${statement}"`);

/** Everything outside of its directory that a lab at `labHome` could leave on the machine. */
async function traces(labHome: string): Promise<string[]> {
  const hash = await run('bash', ['-c', 'printf %s "$1" | sha256sum | cut -c1-6', '-', labHome]);
  const id = hash.stdout.trim();
  const script = `
    grep -F "$(printf %s "$1" | sed 's/ /\\\\040/g')" /proc/self/mountinfo
    losetup -nO NAME,BACK-FILE | grep -F "$1"
    ls /run/netns 2>/dev/null | grep -F "lab-$2"
    ip -o link | grep -F "lab$2"
    find /sys/fs/cgroup -maxdepth 2 -name "lab-$2"
    grep -lF "$1" /run/lab-registry/* 2>/dev/null
    ls -d "$1" 2>/dev/null
    pgrep -fa "lab\\.sh __.* " | while read -r pid rest; do tr '\\0' '\\n' <"/proc/$pid/environ" | grep -xF "LAB_HOME=$1"; done
    true`;
  const found = await run('bash', ['-c', script, 'traces', labHome, id]);
  return found.stdout.split('\n').filter((line) => line !== '');
}

afterAll(async () => {
  await labCommand(home, ['destroy']);
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

describe('a lab of two hosts', () => {
  beforeAll(async () => {
    await lab(['up', '--sample', '30MB']);
  }, 120_000);

  it('lets ops log in with host keys checked, and use sudo', async () => {
    const ssh = await labSshJson(home);
    expect(Object.keys(ssh.hosts)).toEqual(hosts);
    for (const [host, { address }] of Object.entries(ssh.hosts)) {
      const options = ['-i', ssh.identityFile, '-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes'];
      const files = ['-F', '/dev/null', '-o', `UserKnownHostsFile="${ssh.knownHosts}"`];
      const said = await run('ssh', [...files, ...options, `ops@${address}`, 'hostname; sudo -n id -un'], {
        timeout: 20_000,
      });
      expect(said.stdout).toBe(`${host}\nroot\n`);
    }
  });

  it('runs systemd with no failed unit', async () => {
    for (const host of hosts) {
      expect(await on(host, 'systemctl is-system-running')).toBe('running');
      expect(await on(host, 'systemctl --failed --no-legend')).toBe('');
      expect(await on(host, 'systemctl is-active postgresql@15-main.service')).toBe('active');
    }
  });

  it("has Debian's own defaults", async () => {
    for (const host of hosts) {
      expect(await psql(host, 'SHOW listen_addresses')).toBe('localhost');
      expect(await psql(host, 'SHOW ssl')).toBe('on');
      expect(await psql(host, 'SHOW wal_level')).toBe('replica');
      expect(await psql(host, 'SHOW fsync')).toBe('on');
      expect(await psql(host, 'SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL')).toBe('0');
      expect(await on(host, 'sshd -T | grep -i ^maxsessions')).toBe('maxsessions 10');
      expect(await on(host, 'ls /etc/postgresql/15/main/conf.d')).toBe('');
    }
  });

  it('gives every host an identity of its own', async () => {
    const identities = [
      'cat /etc/machine-id',
      'cat /proc/sys/kernel/random/boot_id',
      'cat /etc/ssh/ssh_host_ed25519_key.pub',
      'sudo -u postgres psql -XAtc "SELECT system_identifier FROM pg_control_system()"',
      'openssl x509 -in /etc/ssl/certs/ssl-cert-snakeoil.pem -noout -fingerprint',
    ];
    for (const command of identities) {
      const [leader, follower] = await Promise.all(hosts.map((host) => on(host, command)));
      expect(leader).not.toBe('');
      expect(leader).not.toBe(follower);
    }
  });

  it('has a sample database on the leader only, of about the size asked for', async () => {
    const bytes = Number(await psql('leader', "SELECT pg_database_size('shop')"));
    expect(bytes).toBeGreaterThan(25e6);
    expect(bytes).toBeLessThan(40e6);
    expect(
      Number(
        await psql('leader', 'SELECT count(*) FROM orders JOIN customers c ON c.id = customer_id', 'shop'),
      ),
    ).toBeGreaterThan(1000);
    expect(await psql('follower1', 'SELECT count(*) FROM pg_database WHERE NOT datistemplate')).toBe('1');
    const { stdout } = await lab(['status']);
    expect(stdout).toMatch(/^leader .* running .*postgresql@15-main\.service=active .* 30MB$/m);
    expect(stdout).toMatch(/^follower1 .* running .* none$/m);
  });

  it("keeps PGDATA's inode number when it is loaded again and after a reboot", async () => {
    const inode = `stat -c %i ${PGDATA}`;
    const before = await on('follower1', inode);
    writeFileSync('/proc/sys/vm/drop_caches', '2');
    expect(await on('follower1', inode)).toBe(before);
    await lab(['reboot', 'follower1']);
    expect(await on('follower1', inode)).toBe(before);
  });

  it('brings back the first state with reset, and heals the links', async () => {
    const identity = (host: string): Promise<string> =>
      on(
        host,
        `cat /etc/machine-id; stat -c %i ${PGDATA}; sudo -u postgres psql -XAtc "SELECT system_identifier FROM pg_control_system()"`,
      );
    const before = await Promise.all(hosts.map(identity));
    const rows = await psql('leader', 'SELECT count(*) FROM orders', 'shop');
    await psql('leader', 'DROP TABLE orders', 'shop');
    await psql('follower1', 'CREATE DATABASE mine');
    await on('follower1', 'echo changed >>/etc/postgresql/15/main/pg_hba.conf; echo x >/root/mine');
    await lab(['slow', 'leader', '50mbit']);
    await lab(['partition', 'leader', 'follower1']);
    await lab(['shutdown', 'follower1']);

    await lab(['reset']);

    expect(await psql('leader', 'SELECT count(*) FROM orders', 'shop')).toBe(rows);
    expect(await psql('follower1', 'SELECT count(*) FROM pg_database WHERE NOT datistemplate')).toBe('1');
    expect(await on('follower1', 'grep -c changed /etc/postgresql/15/main/pg_hba.conf || ls /root')).toBe(
      '0',
    );
    expect(await Promise.all(hosts.map(identity))).toEqual(before);
    expect((await lab(['status'])).stdout).not.toMatch(/slow|cut/);
    const { hosts: addresses } = await labSshJson(home);
    await on('follower1', `timeout 5 bash -c 'exec 3<>/dev/tcp/${addresses['leader']?.address ?? ''}/22'`);
  });

  it('keeps the data over down and up', async () => {
    await psql('follower1', 'CREATE DATABASE kept');
    await lab(['down']);
    expect((await lab(['status'])).stdout).toMatch(/^follower1 .* off /m);
    await lab(['up']);
    expect(await psql('follower1', "SELECT count(*) FROM pg_database WHERE datname = 'kept'")).toBe('1');
  });

  it('clears what a lab whose directory is gone has left, unless something still runs there', async () => {
    const [lost, alive] = [join(directory, 'lost'), join(directory, 'alive')];
    const leave = (labHome: string, subnet: number): Promise<unknown> =>
      run('bash', [
        '-c',
        `id=$(printf %s "$1" | sha256sum | cut -c1-6)
        for root in /sys/fs/cgroup /sys/fs/cgroup/unified; do
          [ "$(stat -fc %T "$root" 2>/dev/null)" != cgroup2fs ] || mkdir "$root/lab-$id"
        done
        ip netns add "lab-$id"
        printf '%s\\n' "$1" >/run/lab-registry/"$2"`,
        'leave',
        labHome,
        String(subnet),
      ]);
    const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' });
    await leave(lost, 253);
    await leave(alive, 252);
    await run('bash', [
      '-c',
      'echo "$1" >"$(find /sys/fs/cgroup -maxdepth 2 -name "lab-$(printf %s "$2" | sha256sum | cut -c1-6)")/cgroup.procs"',
      'move',
      String(sleeper.pid),
      alive,
    ]);
    await lab(['up']);
    expect(await traces(lost)).toEqual([]);
    expect(await traces(alive)).not.toEqual([]);
    expect(sleeper.exitCode ?? sleeper.signalCode).toBeNull();
    await lab(['destroy'], alive);
    expect(await traces(alive)).toEqual([]);
  });

  it('loses what was not synced in a power cut, and nothing else', async () => {
    await on('follower1', 'echo b >/root/synced; sync /root/synced; echo a >/root/unsynced');
    await lab(['power-cut', 'follower1']);
    await lab(['boot', 'follower1']);
    expect(await on('follower1', 'ls /root')).toBe('synced');
  });

  it('passes input, output and status of exec', async () => {
    const outcome = await labExec(home, 'leader', ['sh', '-c', 'cat; echo problem >&2; exit 7'], {
      input: 'text',
    });
    expect(outcome).toEqual({ code: 7, stdout: 'text', stderr: 'problem\n' });
  });

  it('writes a runbook.yaml for itself, and never over one of somebody else', async () => {
    const file = join(directory, 'runbook.yaml');
    const ssh = await labSshJson(home);
    const written = readFileSync(file, 'utf8');
    expect(written.startsWith(MARKER)).toBe(true);
    expect(written).toContain(
      `leader: { name: leader, host: ${ssh.hosts['leader']?.address ?? '?'}, address: `,
    );
    expect(written).toContain(`- { name: follower1, host: ${ssh.hosts['follower1']?.address ?? '?'} }`);
    expect(written).toContain(`identityFile: "${ssh.identityFile}"`);

    writeFileSync(file, `${written}# a line more\n`);
    await lab(['up']);
    expect(readFileSync(file, 'utf8')).toBe(written);

    writeFileSync(file, 'version: 1\ncluster: mine\n');
    const { stderr } = await lab(['up']);
    expect(readFileSync(file, 'utf8')).toBe('version: 1\ncluster: mine\n');
    expect(stderr).toContain('was left alone');
    expect(stderr).toContain('slotWalLimit: 1GB');
  });

  it('leaves nothing after destroy', async () => {
    expect(await traces(home)).not.toEqual([]); // or the search below would prove nothing
    await lab(['destroy']);
    expect(await traces(home)).toEqual([]);
  });
});

describe('destroy', () => {
  it.each([100, 700, 2_000, 3_500])('leaves nothing of an `up` that was killed after %i ms', async (ms) => {
    const killed = join(directory, `killed-${String(ms)}`);
    const child = spawn('bash', [labScript(), 'up', '--sample', '30MB'], {
      env: { ...process.env, LAB_HOME: killed },
      cwd: directory,
      stdio: 'ignore',
      detached: true,
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => setTimeout(resolve, ms)); // the moment of the kill is what is tested
    child.kill('SIGKILL');
    await ended;
    await lab(['destroy'], killed);
    expect(await traces(killed)).toEqual([]);
  });

  it('ends the programs that were noted to belong to the lab', async () => {
    const small = join(directory, 'small');
    mkdirSync(small);
    writeFileSync(join(small, 'lock'), '');
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    const ended = new Promise((resolve) =>
      child.once('close', (_, signal) => {
        resolve(signal);
      }),
    );
    noteLabCompanion(small, 'worker', child.pid ?? 0);
    // another process has the number by now: not ours to end
    writeFileSync(join(small, 'companions', 'server'), `${String(process.pid)} 1\n`);
    await lab(['destroy'], small);
    expect(await ended).toBe('SIGTERM');
    expect(await traces(small)).toEqual([]);
  });

  it('neither makes a lab in a directory with other things, nor destroys it', async () => {
    const other = join(directory, 'other');
    mkdirSync(other, { mode: 0o755 });
    writeFileSync(join(other, 'thesis.txt'), 'years of work');
    const up = await labCommand(other, ['up'], { cwd: directory });
    expect(up).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not empty and not a lab') as string,
    });
    const outcome = await labCommand(other, ['destroy']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('does not look like a lab');
    expect(readdirSync(other)).toEqual(['thesis.txt']);
    expect(statSync(other).mode & 0o777).toBe(0o755);
  });
});
