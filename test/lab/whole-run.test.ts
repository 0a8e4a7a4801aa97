import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, Connection } from '@temporalio/client';
import { readServerJson } from '../../server/server-json.js';
import type { RunReport } from '../../workflows/contract/report.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';
import { commandsOf, journalOf, plannedOn, planOf } from './support/plan-and-journal.js';
import { snapshots } from './support/snapshot.js';

const CANARY = 'canary-7Hq2vXw9TzLm';

/**
 * Samples every command line and environment of the host until it is told to stop. The canary comes from a
 * file, or the sampler would find itself.
 */
const SAMPLER = `
nohup sh -c 'while [ ! -e /run/sampler.stop ]; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -aF -f /run/sampler.pattern >>/run/sampler.hits; echo tick >>/run/sampler.ticks; sleep 0.05; done' >/dev/null 2>&1 </dev/null &`;

/** Open for an hour before and after. */
function aroundNow(): string {
  const [from, until] = [-1, 1].map((hours) =>
    new Date(Date.now() + hours * 3_600_000).toISOString().slice(11, 16),
  );
  return `${String(from)}-${String(until)} UTC`;
}

describe('a whole run', () => {
  const home = sharedLab();
  let operator: Operator;
  let leaderStartsBefore = '';

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    const passwordFile = join(operator.directory, 'password');
    writeFileSync(passwordFile, `${CANARY}\n`, { mode: 0o600 });
    operator.writeConfig((config) => {
      config.replication.password = { file: passwordFile };
      config.copy = { compress: 'zstd', beginWindow: aroundNow() };
      config.approval = { swap: 'window', swapWindow: aroundNow() };
    });
    leaderStartsBefore = await starts();
    for (const host of ['leader', 'follower1']) {
      await operator.on(host, `echo ${CANARY} >/run/sampler.pattern`);
      await operator.on(host, SAMPLER);
    }
    await operator.up();
    await operator.startApproved();
    await operator.program('wait', '--for', 'closed', '--timeout', '120s');
    for (const host of ['leader', 'follower1']) await operator.on(host, 'touch /run/sampler.stop');
  });
  afterAll(() => operator.close());

  const starts = (): Promise<string> =>
    operator.on(
      'leader',
      "grep -hc 'database system is ready to accept connections' /var/log/postgresql/postgresql-15-main.log || true",
    );

  it('ends done, with every step done', async () => {
    const view = await operator.view();
    expect(view.outcome).toBe('done');
    const steps = [...view.leader.steps, ...(view.followers.follower1?.steps ?? [])];
    expect(steps.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(view.followers.follower1?.summary?.downtimeMs).toBeLessThan(5_000);
    expect((await operator.program('show')).code).toBe(0);
  });

  it('leaves a follower that streams through its slot and shows a new record', async () => {
    expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
    expect(
      await psql(
        home,
        'leader',
        "select active, wal_status from pg_replication_slots where slot_name like 'rb_follower1_%'",
      ),
    ).toBe('t|reserved');
    await psql(home, 'leader', 'create table after_run (id int); insert into after_run values (42)', 'shop');
    await expect
      .poll(() => psql(home, 'follower1', 'select id from after_run', 'shop').catch(() => ''), {
        timeout: 10_000,
      })
      .toBe('42');
    await psql(home, 'leader', 'drop table after_run', 'shop');
  });

  it('leaves the old data aside and the configuration of Debian in place', async () => {
    expect(await operator.on('follower1', 'ls -d /var/lib/postgresql/15/main.replaced-* | wc -l')).toBe('1');
    expect(
      await operator.on('follower1', 'ls -d /var/lib/postgresql/15/main.incoming-* 2>/dev/null | wc -l'),
    ).toBe('0');
    expect(await psql(home, 'follower1', 'show config_file')).toBe('/etc/postgresql/15/main/postgresql.conf');
    expect(
      await operator.on(
        'follower1',
        "grep -c . /var/lib/postgresql/15/main/postgresql.auto.conf; grep -o '^primary_[a-z_]*' /var/lib/postgresql/15/main/postgresql.auto.conf | sort | xargs",
      ),
    ).toMatch(/primary_conninfo primary_slot_name/);
  });

  it('restarted the leader once', async () => {
    expect(Number(await starts()) - Number(leaderStartsBefore)).toBe(1);
    expect(
      await operator.on('leader', 'grep -c \'"step":"restartLeader"\' /var/lib/pg-runbook/journal.jsonl'),
    ).toBe('1');
  });

  it('closed its operation on both hosts', async () => {
    for (const host of ['leader', 'follower1'])
      expect(await operator.on(host, 'grep -L ^closedAt= /var/lib/pg-runbook/op/*/*')).toBe('');
  });

  it('did exactly what the plan said: each journal holds the commands of the plan, in order', async () => {
    const plan = await planOf(operator);
    for (const host of ['leader', 'follower1']) {
      const planned = plannedOn(plan, host);
      expect(planned.length).toBeGreaterThan(5);
      expect(commandsOf(await journalOf(operator, plan, host))).toEqual(planned);
    }
    expect(plannedOn(plan, 'follower1').join('\n')).toMatch(/pg_basebackup .* -Z \S*server-zstd:1/);
    expect(Object.keys(plan.windows ?? {})).toEqual(['copy', 'swap']);
  });

  it('kept the password out of argv, logs, histories and postgresql.auto.conf', async () => {
    for (const host of ['leader', 'follower1']) {
      expect(Number(await operator.on(host, 'wc -l </run/sampler.ticks'))).toBeGreaterThan(20);
      expect(await operator.on(host, 'cat /run/sampler.hits 2>/dev/null || true')).toBe('');
      const files = await operator.on(
        host,
        `journalctl --sync 2>/dev/null; grep -rlaF ${CANARY} /var/log /etc /var/lib/pg-runbook /var/lib/postgresql/15 /run 2>/dev/null | grep -v sampler || true`,
      );
      expect(files).toBe('');
    }
    expect(await operator.on('follower1', `grep -rlaF ${CANARY} /var/lib/postgresql`)).toBe(
      '/var/lib/postgresql/.pg-runbook/lab-follower1.pgpass',
    );
    const server = readServerJson(operator.stateHome);
    const connection = await Connection.connect({ address: server?.address ?? '' });
    const client = new Client({ connection });
    const history = JSON.stringify(await client.workflow.getHandle('replication/lab').fetchHistory());
    const payloads = [...history.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)]
      .map(([, data]) => Buffer.from(data ?? '', 'base64').toString())
      .join('\n');
    expect(payloads).toContain('replication');
    expect(history + payloads).not.toContain(CANARY);
    await connection.close();
    const { stdout } = await operator.ok('show', '--json');
    expect(stdout).not.toContain(CANARY);
  });

  it('is told by its report: decisions, commands, the files that were edited, and no password', async () => {
    const { stdout: markdown } = await operator.ok('report');
    const { stdout } = await operator.ok('report', '--json');
    const report = JSON.parse(stdout) as RunReport;
    expect(report.state.outcome).toBe('done');
    const plan = await planOf(operator);
    for (const host of report.hosts) {
      expect(host.gap).toBeUndefined();
      expect(host.commands.flatMap(({ commands }) => commands)).toEqual(plannedOn(plan, host.name));
    }
    const [leader, follower] = report.hosts;
    expect([leader?.name, follower?.name]).toEqual(['leader', 'follower1']);
    const diffOf = (path: string): string =>
      leader?.files.find((file) => file.path === path)?.diff.join('\n') ?? '';
    expect(diffOf('/etc/postgresql/15/main/pg_hba.conf')).toMatch(/^\+hostssl replication .* # follower1$/m);
    expect(diffOf('/etc/postgresql/15/main/conf.d/90-pg-runbook.conf')).toMatch(/^\+listen_addresses = /m);
    for (const { by, fingerprint } of report.state.decisions) {
      expect(by).toBe('alice');
      expect(markdown).toContain(fingerprint.slice(0, 12));
    }
    expect(markdown).toContain('```diff');
    expect(markdown + stdout).not.toContain(CANARY);
    const kept = join(operator.stateHome, 'reports', 'lab', report.runId);
    expect(readFileSync(join(kept, 'report.md'), 'utf8')).toBe(markdown);
  });

  it('has nothing to do a second time, in under five seconds, and changes nothing', async () => {
    const before = await snapshots(home);
    const startedAt = Date.now();
    const second = await operator.program('start');
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(second.code).toBe(0);
    expect((await operator.view()).outcome).toBe('nothing-to-do');
    expect(await snapshots(home)).toEqual(before);
  });
});
