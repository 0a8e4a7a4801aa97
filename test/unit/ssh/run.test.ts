import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectSsh } from '../../../activities/ssh/connect.js';
import type { SshConnection } from '../../../activities/ssh/connection.js';
import { runScript } from '../../../activities/ssh/run.js';
import { problemOf } from './problem-of.js';
import { killQuietly, startSshd } from './real-sshd.js';
import type { RealSshd } from './real-sshd.js';
import { until } from './until.js';

const MIB = 1024 * 1024;

let sshd: RealSshd;
let connection: SshConnection;
beforeAll(async () => {
  sshd = await startSshd();
  connection = await connectSsh(sshd.address);
});
afterAll(async () => {
  await connection.close();
  await sshd.stop();
});

const run = (script: string, signal?: AbortSignal) =>
  runScript(connection, script, signal === undefined ? {} : { signal });
const inDirectory = (name: string) => join(sshd.directory, name);

/** Runs one script on a host whose login shell is replaced by `forced`. */
async function runForced(forced: string, script = 'echo done') {
  const other = await startSshd([`ForceCommand ${forced}`]);
  try {
    const forcedConnection = await connectSsh(other.address);
    return await runScript(forcedConnection, script).finally(() => forcedConnection.close());
  } finally {
    await other.stop();
  }
}

describe('outcomes', () => {
  it('exit status and both outputs, as root, in the C locale', async () => {
    expect(await run('id -u; echo "$LC_ALL"; echo oops >&2; exit 3')).toEqual({
      kind: 'exited',
      code: 3,
      stdout: '0\nC\n',
      stderr: 'oops\n',
    });
  });

  it('no output at all, and output without a last newline', async () => {
    expect(await run('true')).toEqual({ kind: 'exited', code: 0, stdout: '', stderr: '' });
    expect(await run('printf x; printf y >&2')).toMatchObject({ stdout: 'x', stderr: 'y' });
  });

  it('a signal', async () => {
    expect(await run('echo before; kill -9 $$')).toMatchObject({
      kind: 'signalled',
      signal: 'SIGKILL',
      stdout: 'before\n',
    });
  });

  it('a command that is not there', async () => {
    expect(await run('no-such-command')).toMatchObject({ kind: 'exited', code: 127 });
  });

  it("sudo's words in the script's own stderr are the script's", async () => {
    const outcome = await run("echo 'sudo: a password is required' >&2; exit 1");
    expect(outcome).toEqual({
      kind: 'exited',
      code: 1,
      stdout: '',
      stderr: 'sudo: a password is required\n',
    });
  });

  it('stdin is empty, so nothing can eat the rest of the script', async () => {
    expect(await run('cat; echo after')).toMatchObject({ code: 0, stdout: 'after\n' });
  });

  it('here-documents, functions, traps and quotes arrive as they are', async () => {
    const script = `trap 'echo bye' EXIT\nsay() { local word="$1"; echo "$word"; }\nsay "it's"\ncat <<'END'\n} $x \`y\`\nEND`;
    expect(await run(script)).toMatchObject({ code: 0, stdout: "it's\n} $x `y`\nbye\n" });
  });
});

describe('a script begins only when it is whole', () => {
  it('an unfinished one runs nothing', async () => {
    const file = inDirectory('half');
    const problem = await problemOf(run(`touch ${file}\nif true; then`));
    expect(problem).toMatchObject({ code: 'INTERNAL', host: 'follower1' });
    expect(problem.detail).toMatch(/syntax error/i);
    expect(existsSync(file)).toBe(false);
  });

  it('NUL is refused', async () => {
    expect((await problemOf(run('echo \0'))).code).toBe('INTERNAL');
  });
});

describe('sizes', () => {
  it('both outputs at once, larger than the ssh window', async () => {
    const outcome = await run(
      `head -c ${3 * MIB} /dev/zero | tr '\\0' a; head -c ${3 * MIB} /dev/zero | tr '\\0' b >&2; printf END >&2`,
    );
    expect(outcome.stdout).toHaveLength(3 * MIB);
    expect(outcome.stderr).toHaveLength(MIB);
    expect(outcome.stderr.endsWith('bEND')).toBe(true);
  });

  it('more than 4 MiB on stdout is an error, not a part of it', async () => {
    const problem = await problemOf(run(`head -c ${5 * MIB} /dev/zero | tr '\\0' a`));
    expect(problem.code).toBe('INTERNAL');
    expect(problem.message).toContain('4 MiB');
  });

  it('a script of 3 MB', async () => {
    const text = `${'x'.repeat(99)}\n`.repeat(30_000);
    expect(await run(`wc -c <<'END'\n${text}END`)).toMatchObject({ stdout: '3000000\n' });
  });

  it('characters of several bytes are never cut', async () => {
    const { stdout, stderr } = await run(
      `yes '€ü𝄞' | head -n 100000; { printf x; yes '€ü𝄞' | head -n 200000; } >&2`,
    );
    expect(stdout).toBe('€ü𝄞\n'.repeat(100_000));
    expect(stderr).not.toContain('\ufffd');
    expect(Buffer.byteLength(stderr)).toBeGreaterThan(MIB - 10);
  });
});

describe('login shells', () => {
  it('noise on both outputs is not part of the result', async () => {
    const forced = `echo Welcome; printf 'no newline' ; echo careful >&2; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`;
    expect(await runForced(forced, 'echo out; echo err >&2')).toEqual({
      kind: 'exited',
      code: 0,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('one that runs nothing', async () => {
    const problem = await problemOf(runForced('echo This account is currently not available.; exit 1'));
    expect(problem).toMatchObject({ code: 'COMMAND_FAILED', host: 'follower1' });
    expect(problem.detail).toBe('Exit status 1. This account is currently not available.');
  });
});

describe('sudo', () => {
  it('refuses a user without rights', async () => {
    const asNobody = 'setpriv --reuid=nobody --regid=nogroup --clear-groups';
    const problem = await problemOf(runForced(`exec ${asNobody} /bin/sh -c "$SSH_ORIGINAL_COMMAND"`));
    expect(problem).toMatchObject({ code: 'SUDO_REFUSED', host: 'follower1' });
    expect(problem.detail).toMatch(/^sudo: /);
    expect(problem.hint).toContain('NOPASSWD');
  });

  it.each([
    'ops is not in the sudoers file.',
    'Sorry, user ops is not allowed to execute /bin/sh as root on db1.',
    'sudo: sorry, you must have a tty to run sudo',
    'sudo: a terminal is required to read the password',
    'sudo: account validation failure, is your account locked?',
  ])('says: %s', async (words) => {
    const problem = await problemOf(runForced(`echo '${words}' >&2; exit 1`));
    expect(problem).toMatchObject({ code: 'SUDO_REFUSED', detail: words });
  });

  it('is not installed', async () => {
    const bin = inDirectory('bin');
    mkdirSync(bin);
    symlinkSync('/usr/bin/env', join(bin, 'env'));
    const problem = await problemOf(runForced(`PATH=${bin} exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`));
    expect(problem).toMatchObject({ code: 'HOST_TOOLS_MISSING', host: 'follower1' });
    expect(problem.message).toBe('follower1: sudo is not installed');
    expect(problem.detail).toContain('sudo');
  });
});

describe('a lost connection', () => {
  it('is an unknown outcome, and later commands say so at once', async () => {
    const own = await startSshd();
    const lost = await connectSsh(own.address);
    const pidFile = join(own.directory, 'pid');
    const running = problemOf(
      runScript(lost, `echo $$ >${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 60`),
    );
    await until(
      () => existsSync(pidFile),
      () => 'the script did not start',
    );
    for (const child of own.children()) process.kill(child, 'SIGKILL');

    expect(await running).toMatchObject({ code: 'CONNECTION_LOST', host: 'follower1' });
    expect((await problemOf(runScript(lost, 'true'))).code).toBe('CONNECTION_LOST');
    const pid = Number(readFileSync(pidFile, 'utf8'));
    expect(existsSync(`/proc/${pid}`)).toBe(true); // the command outlives the connection: lost is not failed
    killQuietly(pid);
    await own.stop();
  });
});

describe('the wait', () => {
  it('ends by a signal; the command does not', async () => {
    const file = inDirectory('after-abort');
    const go = inDirectory('go');
    const abort = new AbortController();
    const running = run(
      `touch ${file}.started; until [ -e ${go} ]; do sleep 0.05; done; echo x; touch ${file}`,
      abort.signal,
    );
    await until(
      () => existsSync(`${file}.started`),
      () => 'the script did not start',
    );
    abort.abort(new Error('cancelled'));
    await expect(running).rejects.toThrow('cancelled');
    await run(`touch ${go}`);
    await until(
      () => existsSync(file),
      () => 'the command was ended with the wait',
    );
  });

  it('does not begin after the signal', async () => {
    const file = inDirectory('never');
    await expect(run(`touch ${file}`, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    await run('true');
    expect(existsSync(file)).toBe(false);
  });

  it('four at a time; whoever leaves the queue leaves no gap', async () => {
    const place = inDirectory('running');
    mkdirSync(place);
    const script = `mkdir ${place}/$$; ls ${place} | wc -l; sleep 0.2; rmdir ${place}/$$`;
    const abort = new AbortController();
    const first = Array.from({ length: 4 }, () => run(script));
    const leaving = run(script, abort.signal);
    const rest = Array.from({ length: 5 }, () => run(script));
    abort.abort(new Error('left'));
    await expect(leaving).rejects.toThrow('left');
    const seen = (await Promise.all([...first, ...rest])).map(({ stdout }) => Number(stdout));
    expect(seen).toHaveLength(9);
    expect(Math.max(...seen)).toBeLessThanOrEqual(4);
    expect(Math.max(...seen)).toBeGreaterThan(1);
  });
});

describe('traces', () => {
  it('nothing of a script is in any argument list', async () => {
    const canary = `canary-${Date.now()}`;
    const seen = new Set<string>();
    let ended = false;
    const running = run(`secret='${canary}'; sleep 0.5; echo "$secret"`).finally(() => (ended = true));
    await until(
      () => {
        for (const line of commandLines()) seen.add(line);
        return ended;
      },
      () => 'the script did not end',
    );
    expect((await running).stdout).toBe(`${canary}\n`);
    expect([...seen].some((line) => line.includes('/bin/sh -s'))).toBe(true);
    expect([...seen].filter((line) => line.includes(canary))).toEqual([]);
  });

  it('no listener is left behind by a hundred commands', async () => {
    const count = () =>
      connection.client
        .eventNames()
        .reduce((sum, event) => sum + connection.client.listenerCount(event as 'close'), 0);
    const before = count();
    for (let i = 0; i < 25; i += 1) await Promise.all(['1', '2', '3', '4'].map((n) => run(`echo ${n}`)));
    expect(count()).toBe(before);
  });
});

function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        return [readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}
