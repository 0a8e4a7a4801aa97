import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import type { Plan } from '../../workflows/contract/plan.js';
import { Operator, psql, type View } from './support/operator.js';
import { commandsOf, journalOf, plannedOn, planOf } from './support/plan-and-journal.js';
import { snapshot } from './support/snapshot.js';

const HOSTS = ['leader', 'follower1', 'follower2', 'follower3'];
const DATA = '/var/lib/postgresql/15/main';

/** One leader, three followers, on a lab of their own: the shared one has two hosts. */
describe('several followers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'runbook-test-lab-'));
  const home = join(directory, 'lab');
  let operator: Operator;

  const lab = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await labCommand(home, args, { cwd: directory });
    if (code !== 0) throw new Error(stderr);
  };
  beforeAll(async () => {
    await lab('up', '--hosts', HOSTS.join(','), '--sample', '30MB');
    // What is set there wins over any file, so this leader's settings go by ALTER SYSTEM.
    await psql(home, 'leader', "alter system set listen_addresses = 'localhost'");
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { concurrency: 1, maxRate: '8MB' };
    });
    await operator.up();
  });
  afterAll(async () => {
    try {
      await operator.close();
    } finally {
      await lab('destroy');
      rmSync(directory, { recursive: true, force: true });
    }
  });

  const onLeader = (sql: string): Promise<string> => psql(home, 'leader', sql);
  const startedAt = (): Promise<string> => onLeader('select pg_postmaster_start_time()');
  const hbaLines = (): Promise<string> =>
    operator.on('leader', "sed -n 's/.*scram-sha-256 # //p' /etc/postgresql/15/main/pg_hba.conf | xargs");
  const gatesOf = (view: View): string[] =>
    [view.leader, ...Object.values(view.followers)]
      .flatMap(({ gates }) => gates)
      .filter(({ decision }) => decision === undefined)
      .map(({ id }) => id);
  const phase = (view: View, name: string): string | undefined => view.followers[name]?.phase;

  describe('in one run', () => {
    let untouched = '';
    let restartedAt = '';

    it('have one gate each and one for the leader, all open at once', async () => {
      untouched = await snapshot(home, 'follower3');
      expect((await operator.cli('start')).code).toBe(3);
      const view = await operator.until('four gates', (seen) => gatesOf(seen).length === 4 && seen);
      expect(gatesOf(view)).toEqual([
        'change-leader',
        'wipe-follower/follower1',
        'wipe-follower/follower2',
        'wipe-follower/follower3',
      ]);
      const { stdout } = await operator.cli('show');
      expect(stdout.match(/Change leader, the leader/g)).toHaveLength(1);
      for (const name of HOSTS.slice(1))
        expect(stdout.match(new RegExp(`Replace the data of ${name} `, 'g'))).toHaveLength(1);
    });

    it('one is copied while another waits for its turn; the leader restarts once for all', async () => {
      await operator.approve('change-leader');
      expect((await operator.view()).leader.phase).toBe('queued');
      await operator.approve('wipe-follower/follower1');
      await operator.until('a copy', (view) => view.progress?.follower1?.phase === 'copying');
      // Stands still until the others are where this test wants them; its WAL goes on to be received.
      await operator.on('follower1', 'kill -STOP "$(pgrep -o -x pg_basebackup)"');
      restartedAt = await startedAt();
      expect(await hbaLines()).toBe('follower1');

      // Approved after the restart: it gets its line without another one.
      await lab('fill', 'follower2', '/var/lib/postgresql', String(20 * 1024 * 1024));
      await operator.approve('wipe-follower/follower2');
      const queued = await operator.until(
        'follower2 waits for its turn',
        (view) => phase(view, 'follower2') === 'queued' && view,
      );
      expect(phase(queued, 'follower1')).toBe('working');
      expect((await hbaLines()).split(' ').sort()).toEqual(['follower1', 'follower2']);
      expect(await operator.on('follower2', `ls -d ${DATA}.incoming-* 2>/dev/null | wc -l`)).toBe('0');
      expect(await startedAt()).toBe(restartedAt);
    });

    it('one that is rejected is left as it was, and the others go on', async () => {
      await operator.ok('reject', '--gate', 'wipe-follower/follower3', '--reason', 'not this one');
      await operator.until('the rejection', (view) => phase(view, 'follower3') === 'rejected');
      expect(await snapshot(home, 'follower3')).toBe(untouched);
      expect(await onLeader("select count(*) from pg_roles where rolname like '%follower3'")).toBe('0');
      expect(phase(await operator.view(), 'follower1')).toBe('working');
      await operator.on('follower1', 'kill -CONT "$(pgrep -o -x pg_basebackup)"');
    });

    it('one that fails parks alone, and the third is done', async () => {
      const view = await operator.until(
        'follower1 is done and follower2 parked',
        (seen) => phase(seen, 'follower1') === 'done' && phase(seen, 'follower2') === 'BLOCKED' && seen,
        90_000,
      );
      expect(view.phase).toBe('blocked');
      expect(view.followers.follower2?.failure?.code).toBe('COPY_DISK_LOW');
      expect((await operator.cli('show')).code).toBe(3);
      expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
      expect(await psql(home, 'follower2', 'select pg_is_in_recovery()')).toBe('f');
    });

    it('the parked one goes on to the end when it is resumed: partial, exit 5', async () => {
      await lab('unfill', 'follower2', '/var/lib/postgresql');
      await operator.ok('resume');
      const closed = await operator.cli('wait', '--for', 'closed', '--timeout', '90s');
      expect([closed.code, closed.stdout]).toEqual([5, 'lab: partial\n']);
      const view = await operator.view();
      expect(HOSTS.slice(1).map((name) => phase(view, name))).toEqual(['done', 'done', 'rejected']);
      expect(view.leader.phase).toBe('done');
      expect((await operator.cli('show')).code).toBe(5);
      expect(await startedAt()).toBe(restartedAt);
      expect(
        await onLeader("select count(*) from pg_replication_slots where active and wal_status = 'reserved'"),
      ).toBe('2');
    });

    it('never two copies at a time: every job began after the one before had ended', async () => {
      const times = async (host: string): Promise<[number, number][]> => {
        const lines = await operator.on(
          host,
          'for job in /var/lib/pg-runbook/jobs/*/*; do echo "$(stat -c %.Y "$job/pid") $(stat -c %.Y "$job/result")"; done',
        );
        return lines.split('\n').map((line) => line.split(' ').map(Number) as [number, number]);
      };
      const jobs = [...(await times('follower1')), ...(await times('follower2'))].sort(([a], [b]) => a - b);
      expect(jobs).toHaveLength(3);
      for (const [index, [begin]] of jobs.entries()) expect(begin).toBeGreaterThan(jobs[index - 1]?.[1] ?? 0);
    });

    it('did what the plan said; an attempt that was resumed did it again, and removed only its own copy', async () => {
      const plan = await planOf(operator);
      const follower1 = await journalOf(operator, plan, 'follower1');
      expect(commandsOf(follower1)).toEqual(plannedOn(plan, 'follower1'));

      const follower2 = commandsOf(await journalOf(operator, plan, 'follower2'));
      const removed = `remove ${plan.followers.follower2?.target.incomingDirectory ?? ''}`;
      const from = follower2.indexOf(removed);
      const copy = follower2.slice(from + 1, from + 3);
      expect(copy[0]).toContain('pg_basebackup');
      expect(follower2.slice(from - 2, from)).toEqual(copy);
      expect(follower2.toSpliced(from - 2, 3)).toEqual(plannedOn(plan, 'follower2'));

      expect(await journalOf(operator, plan, 'follower3')).toEqual([]);
      // Followers work side by side, so on the leader the order is that of each of them.
      const leader = await journalOf(operator, plan, 'leader');
      // No run waits for a person with a slot.
      const slot = plan.followers.follower2?.target.slotName ?? '';
      const again = [
        `SELECT pg_drop_replication_slot('${slot}')`,
        `SELECT pg_create_physical_replication_slot('${slot}', true)`,
      ];
      expect(commandsOf(leader).sort()).toEqual(
        [...plannedOn(without(plan, 'follower3'), 'leader'), ...again].sort(),
      );
      const stepsFor = (name: string): string[] =>
        leader.filter(({ op }) => op === plan.followers[name]?.target.op.id).map(({ step }) => step);
      const [begun, ended] = [
        ['ensureCredentials', 'ensureLeaderHbaRule', 'ensureSlot'],
        ['rehearseFollower', 'verifyStreaming', 'closeOperation'],
      ];
      expect(stepsFor('follower1')).toEqual([...begun, ...ended]);
      expect(stepsFor('follower2')).toEqual([...begun, 'takeBaseBackup', 'ensureSlot', ...ended]);
    });
  });

  describe('one that is added later', () => {
    /** What must not change on a follower that is done. */
    const followerAsIs = (name: string): Promise<string> =>
      operator.on(
        name,
        `stat -c '%n %i %Y' ${DATA}; stat -c '%n %i %.Y %s' ${DATA}/postgresql.auto.conf /etc/postgresql/15/main/pg_hba.conf /var/lib/postgresql/.pg-runbook/*; sha256sum ${DATA}/postgresql.auto.conf /var/lib/postgresql/.pg-runbook/*; find /var/lib/pg-runbook -printf '%p %s %T@\\n' | sort; head -3 ${DATA}/postmaster.pid`,
      );
    const credentials = (): Promise<string> =>
      onLeader(
        "select rolname, rolpassword from pg_authid where rolname ~ 'follower[12]$' union all select slot_name, active::text from pg_replication_slots where slot_name ~ 'follower[12]' order by 1",
      );
    const reloads = (): Promise<string> =>
      operator.on('leader', "grep -c 'received SIGHUP' /var/log/postgresql/postgresql-15-main.log || true");
    const settings = (): Promise<string> =>
      operator.on(
        'leader',
        `ls -lA --time-style=full-iso /etc/postgresql/15/main/conf.d ${DATA}/postgresql.auto.conf`,
      );
    const everything = async (): Promise<string[]> => [
      await followerAsIs('follower1'),
      await followerAsIs('follower2'),
      await credentials(),
      await startedAt(),
      await settings(),
    ];
    let before: string[] = [];
    let reloadsBefore = 0;

    it('stands at no gate while its own host forbids the plan', async () => {
      before = await everything();
      expect(before[2]).toMatch(/SCRAM-SHA-256[\s\S]*SCRAM-SHA-256/);
      reloadsBefore = Number(await reloads());
      await lab('fill', 'follower3', '/var/lib/postgresql', String(500 * 1024 * 1024));
      expect((await operator.cli('start')).code).toBe(3);
      const view = await operator.until(
        'follower3 is parked',
        (seen) => phase(seen, 'follower3') === 'BLOCKED' && seen,
      );
      expect(view.followers.follower3?.failure?.code).toBe('NO_ROOM_SIDE_BY_SIDE');
      expect(gatesOf(view)).toEqual([]);
      expect(HOSTS.slice(1, 3).map((name) => phase(view, name))).toEqual(['nothing-to-do', 'nothing-to-do']);
    });

    it('surveyed again by itself it is planned with lines for all the others', async () => {
      await lab('unfill', 'follower3', '/var/lib/postgresql');
      expect((await operator.cli('resume')).code).toBe(3);
      await operator.until('its gate', (view) => gatesOf(view).includes('wipe-follower/follower3'));
      const plan = await planOf(operator);
      const lines = plan.followers.follower3?.steps
        .find(({ step }) => step === 'prepareSwitchover')
        ?.commands.flatMap((command) => / # (\S+)$/.exec(command)?.[1] ?? []);
      expect(lines).toEqual(['leader', 'follower1', 'follower2']);
    });

    it('has the only gate beside the line it needs on the leader, which is not restarted', async () => {
      const view = await operator.view();
      expect(gatesOf(view)).toEqual(['change-leader', 'wipe-follower/follower3']);
      const { leader } = await planOf(operator);
      expect(leader?.steps.map(({ step }) => step)).toEqual(['ensureCredentials', 'ensureLeaderHbaRule']);
      await operator.approveAll();
      const closed = await operator.cli('wait', '--for', 'closed', '--timeout', '90s');
      expect([closed.code, closed.stdout]).toEqual([0, 'lab: done\n']);
      expect(await psql(home, 'follower3', 'select pg_is_in_recovery()')).toBe('t');
      expect((await hbaLines()).split(' ').sort()).toEqual(['follower1', 'follower2', 'follower3']);
    });

    it('leaves the others as they were, and reloaded the leader once', async () => {
      expect(await everything()).toEqual(before);
      expect(Number(await reloads()) - reloadsBefore).toBe(1);
      expect(await onLeader('select count(*) from pg_stat_replication where state = $$streaming$$')).toBe(
        '3',
      );
    });

    it('did what the plan said', async () => {
      const plan = await planOf(operator);
      for (const host of ['leader', 'follower3'])
        expect(commandsOf(await journalOf(operator, plan, host))).toEqual(plannedOn(plan, host));
    });
  });
});

/** The plan as if one follower were not in it. */
function without(plan: Plan, name: string): Plan {
  const { [name]: _, ...followers } = plan.followers;
  if (plan.leader === undefined) return { ...plan, followers };
  const steps = plan.leader.steps.filter(({ commands }) => !commands.some((line) => line.includes(name)));
  return { ...plan, followers, leader: { ...plan.leader, steps } };
}
