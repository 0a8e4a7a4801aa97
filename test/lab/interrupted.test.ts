import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CopyWatch } from './support/copy-watch.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';

/** The copy outlives whoever started it. `maxRate` makes it last long enough to be interrupted. */
describe('a copy that is interrupted', () => {
  const home = sharedLab();
  let operator: Operator;

  beforeEach(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '4MB' };
    });
    await operator.server();
  });
  afterEach(() => operator.close());

  const copying = (): Promise<number> =>
    operator.until('bytes of the copy', (view) =>
      view.progress?.follower1?.phase === 'copying' ? view.progress.follower1.bytesDone : undefined,
    );
  const jobs = (): Promise<string> => operator.on('follower1', 'ls /var/lib/pg-runbook/jobs/*');
  const startsOfCopy = (): Promise<string> =>
    operator.on('follower1', "grep -h 'initiating base backup' /var/lib/pg-runbook/jobs/*/*/log | wc -l");

  const attachedSince = (time: number): Promise<number> =>
    operator.until('a sign of life of another worker', (view) => {
      const at = Date.parse(view.progress?.follower1?.at ?? '');
      return at > time && at;
    });

  it('is attached to within six seconds after a SIGKILL, and handed over within three by a SIGTERM', async () => {
    const first = await operator.worker();
    await operator.startApproved();
    const before = await copying();
    await operator.kill(first, 'SIGKILL');
    const killedAt = Date.now();
    const second = await operator.worker();
    expect((await attachedSince(killedAt)) - killedAt).toBeLessThan(6_000);

    await operator.worker();
    const watch = new CopyWatch(operator.stateHome, 'follower1');
    await expect.poll(() => watch.last?.attempt).toBeGreaterThan(0);
    const { attempt = 0 } = watch.last ?? {};
    const askedAt = Date.now();
    const ended = operator.kill(second, 'SIGTERM');
    await expect.poll(() => watch.last?.attempt, { interval: 20, timeout: 10_000 }).toBeGreaterThan(attempt);
    await expect
      .poll(() => Date.parse(watch.last?.at ?? ''), { interval: 20, timeout: 10_000 })
      .toBeGreaterThan(askedAt);
    expect(Date.parse(watch.last?.at ?? '') - askedAt).toBeLessThan(3_000);
    await ended;
    await watch.stop();
    const after = (await operator.view()).progress?.follower1?.bytesDone ?? 0;
    expect(after).toBeGreaterThanOrEqual(before);
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect(await jobs()).toBe('1');
    expect(await startsOfCopy()).toBe('1');
    expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
  });

  it('is adopted by a run that is started again after the first was ended by force', async () => {
    await operator.worker();
    await operator.startApproved();
    await copying();
    await operator.ok('cancel', '--force', '--confirm', 'lab');

    await operator.cli('start');
    const view = await operator.until(
      'the gate is asked again',
      (seen) =>
        seen.followers.follower1?.gates.some(({ decision }) => decision === undefined) === true && seen,
    );
    expect(view.followers.follower1?.class).toBe('partial');
    await operator.approveAll();
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect(await jobs()).toBe('1');
    expect(await startsOfCopy()).toBe('1');
    expect(await operator.on('follower1', 'sed -n s/^epoch=//p /var/lib/pg-runbook/op/*/*')).toBe('2');
  });

  it('is stopped before anything is cleaned up when the run is cancelled', async () => {
    await operator.worker();
    const started = await psql(home, 'follower1', 'select pg_postmaster_start_time()');
    const hba = await operator.on('leader', 'sha256sum </etc/postgresql/15/main/pg_hba.conf');
    await operator.startApproved();
    await copying();
    await operator.ok('cancel', '--by', 'alice');
    expect((await operator.cli('wait', '--for', 'closed', '--timeout', '60s')).code).toBe(4);
    expect((await operator.view()).outcome).toBe('cancelled');

    expect(
      await operator.on(
        'follower1',
        'ls -d /var/lib/postgresql/15/*; ls -A /var/lib/postgresql | grep pg-runbook || true',
      ),
    ).toBe('/var/lib/postgresql/15/main');
    expect(
      await operator.on(
        'follower1',
        "pgrep -c pg_basebackup || true; systemctl list-units --all --no-legend 'pg-runbook-*'",
      ),
    ).toBe('0');
    expect(await psql(home, 'follower1', 'select pg_postmaster_start_time()')).toBe(started);
    expect(await psql(home, 'leader', 'select count(*) from pg_replication_slots')).toBe('0');
    expect(
      await psql(home, 'leader', "select count(*) from pg_roles where rolname like 'replication%'"),
    ).toBe('0');
    expect(await operator.on('leader', 'sha256sum </etc/postgresql/15/main/pg_hba.conf')).toBe(hba);
    expect(await operator.on('leader', 'ls /etc/postgresql/15/main/conf.d')).toBe('');
    const journal = await operator.on('follower1', 'cat /var/lib/pg-runbook/journal.jsonl');
    expect(journal.indexOf('systemctl stop pg-runbook-copy')).toBeLessThan(
      journal.indexOf('rm /var/lib/postgresql/.pg-runbook'),
    );
    expect(journal).toContain('systemctl stop pg-runbook-copy');
  });
});
