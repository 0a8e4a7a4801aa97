import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Operator, psql, resetLab, type Gate } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';

/**
 * Approved, and then the follower is another one than on the card, while the copy runs. Nothing is replaced
 * before a person has decided on what is there now, and the copy that is there by then is used.
 */
describe('a follower that changes after its approval', { timeout: 300_000 }, () => {
  const home = sharedLab();
  let operator: Operator;
  let serverStart: string;

  beforeEach(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '8MB' };
    });
    await operator.up();
    serverStart = await oldServerStart();
    await operator.startApproved();
    await operator.until(
      'bytes of the copy',
      (view) => view.progress?.follower1?.phase === 'copying' && view.progress.follower1.bytesDone > 0,
    );
  });
  afterEach(() => operator.close());

  const oldServerStart = (): Promise<string> =>
    psql(home, 'follower1', 'select system_identifier, pg_postmaster_start_time() from pg_control_system()');

  /** The old server has not even been restarted. */
  const expectNoSwap = async (): Promise<void> => {
    expect(await oldServerStart()).toBe(serverStart);
    expect(
      await operator.on('follower1', 'ls -d /var/lib/postgresql/15/*.replaced-* 2>/dev/null || true'),
    ).toBe('');
  };

  const parkedOn = (code: string): Promise<string> =>
    operator.until(`parked on ${code}`, ({ followers: { follower1 } }) =>
      follower1?.failure?.code === code ? (follower1.failure.detail ?? '-') : undefined,
    );

  /** `identifier`: what is to be typed there as well. */
  const openGate = (id: string, identifier?: string): Promise<Gate> =>
    operator.until(`gate ${id} open`, ({ followers }) =>
      followers.follower1?.gates.find(
        (gate) => gate.id === id && gate.decision === undefined && gate.identifier === identifier,
      ),
    );

  const expectDoneWithOneCopy = async (): Promise<void> => {
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    expect((await operator.view()).outcome).toBe('done');
    const starts = "grep -h 'initiating base backup' /var/lib/pg-runbook/jobs/*/*/log | wc -l";
    expect(await operator.on('follower1', starts)).toBe('1');
    expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
  };

  it('by a new database: no swap, and the card that is shown again names what differs', async () => {
    await psql(home, 'follower1', 'create database rogue');
    const gate = await openGate('wipe-follower/follower1', serverStart.split('|')[0]);
    expect(gate.because).toMatch(/is not the one that was approved\. These differ: databases\.$/);
    expect((await operator.cli('show')).stdout).toMatch(/Asked again[^]*These differ:\s+databases/);
    await expectNoSwap();
    await operator.approve(gate.id);
    const swap = await openGate('swap-follower/follower1');
    await expectNoSwap();
    await operator.approve(swap.id);
    await expectDoneWithOneCopy();
  });

  it('by a client: no swap before somebody has approved with the client on the card', async () => {
    await operator.on(
      'follower1',
      `cd /; nohup setpriv --reuid=postgres --regid=postgres --init-groups psql -X -h /var/run/postgresql -c 'select pg_sleep(600)' >/dev/null 2>&1 </dev/null &`,
    );
    expect(await parkedOn('FOLLOWER_IN_USE')).toBe('postgres@postgres from the local socket (psql)');
    await expectNoSwap();
    await operator.cli('resume', '--retry');
    const gate = await openGate('swap-follower/follower1');
    expect((await operator.cli('show')).stdout).toMatch(
      /Clients +1, [^]*postgres@postgres from the local socket \(psql\)[^]*! client sessions: 0 \S+ 1/,
    );
    await expectNoSwap();
    await operator.approve(gate.id);
    await expectDoneWithOneCopy();
  });
});
