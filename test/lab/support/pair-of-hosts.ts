import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../../lab/lab-exec.js';
import { expectReplicating } from './expect-replicating.js';
import type { Flavour } from './flavours.js';
import { holdProgram, untilHeld } from './hold-program.js';
import { madeOnLeader } from './made-on-leader.js';
import { Operator, psql } from './operator.js';
import { powerCut } from './power-cut.js';
import { snapshots } from './snapshot.js';

/** Of another cluster on the host: all that tells whether somebody has touched it. Nothing where there is none. */
const NEIGHBOUR = `[ -d /etc/postgresql/15/other ] || exit 0
cd /
q() { setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/psql -XAtq -h /var/run/postgresql -p 5433 -d postgres -c "$1"; }
find /etc/postgresql/15/other -printf '%p %i %s %T@ %u %m\\n' | sort
stat -c '%n %i %U %a' /var/lib/postgresql/15/other
pg_lsclusters -h | grep -w other | xargs
q 'select md5(string_agg(entry, id::text)) from ledger'`;

/** The whole procedure on hosts of a kind, a rejected run, and the power of the follower cut at the two worst moments. */
export function pairOfHosts(flavour: Flavour): void {
  describe(`a pair of hosts ${flavour.name}`, () => {
    tests(flavour);
  });
}

function tests(flavour: Flavour): void {
  const directory = join(tmpdir(), `runbook-test-lab-${randomUUID()}`);
  const home = join(directory, 'lab');
  let operator: Operator;
  let worker: ChildProcess;
  let neighbours: string[];
  let leaderBefore: string;
  let former: string;
  let own = '';

  const lab = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await labCommand(home, args, { cwd: directory });
    if (code !== 0) throw new Error(stderr);
  };
  const look = (): Promise<Record<string, string>> => snapshots(home, flavour);
  const ownConfiguration = (): Promise<string> =>
    operator.on('follower1', `sha256sum ${flavour.conf}; stat -c '%U %a' ${flavour.conf}`);
  const identity = (): Promise<string> =>
    psql(home, 'follower1', 'select system_identifier, pg_is_in_recovery() from pg_control_system()');
  const aside = (): Promise<string> =>
    operator.on('follower1', `ls -d ${flavour.data}.* 2>/dev/null | sed 's/.*\\.//; s/-.*//' | xargs`);
  const neighboursNow = (): Promise<string[]> =>
    Promise.all(['leader', 'follower1'].map((host) => operator.on(host, NEIGHBOUR)));

  beforeAll(async () => {
    mkdirSync(directory);
    await lab('up', '--hosts', 'leader,follower1', '--sample', '30MB', ...flavour.lab);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '10MB' };
      flavour.edit?.(config);
    });
    await operator.server();
    worker = await operator.worker();
    await operator.on(
      'follower1',
      `echo '# of follower1 alone' >>${flavour.conf} && sync -f ${flavour.conf}`,
    );
    own = await ownConfiguration();
    neighbours = await neighboursNow();
    leaderBefore = await operator.on('leader', madeOnLeader(dirname(flavour.conf)));
    former = await identity();
  });
  afterAll(async () => {
    try {
      await operator.close();
    } finally {
      await lab('destroy');
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('a run that is rejected leaves both as they were', async () => {
    const before = await look();
    expect((await operator.cli('start')).code).toBe(3);
    await operator.until('the gate', ({ followers }) => followers.follower1?.gates.length === 1);
    await operator.ok('reject', '--gate', 'wipe-follower/follower1', '--reason', 'not tonight');
    expect((await operator.cli('wait', '--for', 'closed', '--timeout', '30s')).code).toBe(4);
    expect(await look()).toEqual(before);
  });

  it('the copy begins again after a power cut in its middle', async () => {
    await operator.startApproved();
    const bytes = await operator.until('bytes of the copy', ({ progress }) =>
      progress?.follower1?.phase === 'copying' ? progress.follower1.bytesDone : undefined,
    );
    expect(bytes).toBeGreaterThan(0);
    await powerCut(home, 'follower1');
    // From here on it waits, once, with the old data directory moved aside and the new one not yet there.
    if (flavour.inPlace !== true)
      await holdProgram(home, 'follower1', 'mv', 'after', `*${flavour.data}\\ *.replaced-*`);
  });

  it('the swap goes on after a power cut in its middle, and the run ends right', async () => {
    if (flavour.inPlace !== true) {
      await untilHeld(home, 'follower1', 'mv');
      await operator.kill(worker, 'SIGKILL');
      await powerCut(home, 'follower1');
      worker = await operator.worker();
    }
    const outcome = await operator.until('the end of the run', (view) => view.outcome, 90_000);
    expect(outcome).toBe('done');
    await expectReplicating(home, 'follower1');
    expect(await ownConfiguration()).toBe(own);
  });

  it('the run again has nothing to do, and does nothing', async () => {
    const before = await look();
    const again = await operator.cli('start');
    expect(again.code).toBe(0);
    expect((await operator.view()).outcome).toBe('nothing-to-do');
    expect(await look()).toEqual(before);
    expect(await neighboursNow()).toEqual(neighbours);
  });

  if (flavour.atLast === 'undo')
    it('an undo brings the former server back', async () => {
      // as a power cut may leave it that came right after the server's last start
      await operator.on('follower1', `: >"$(ls -d ${flavour.data}.replaced-*)"/postmaster.pid`);
      expect((await operator.cli('undo')).code).toBe(3);
      await operator.approve('undo-replacement/follower1');
      expect(await operator.until('the end of the undo', (view) => view.outcome)).toBe('done');
      expect(await identity()).toBe(former);
      expect(await ownConfiguration()).toBe(own);
      expect(await aside()).toBe('displaced');
      expect(await operator.on('leader', madeOnLeader(dirname(flavour.conf)))).toBe(leaderBefore);
    });

  if (flavour.atLast === 'purge')
    it('a purge removes the former data, and nothing else', async () => {
      expect(await aside()).toBe('replaced');
      expect((await operator.cli('purge')).code).toBe(3);
      await operator.approve('purge-replaced/follower1');
      expect(await operator.until('the end of the purge', (view) => view.outcome)).toBe('done');
      expect(await aside()).toBe('');
      await expectReplicating(home, 'follower1');
      expect(await neighboursNow()).toEqual(neighbours);
    });

  if (flavour.atLast === undefined)
    it('has nothing to undo, nor to purge', async () => {
      for (const command of ['undo', 'purge']) {
        const { code, stdout } = await operator.cli(command);
        expect(code).toBe(0);
        expect(stdout).toContain(`nothing to ${command}`);
      }
    });
}
