import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Operator, psql, resetLab, type Gate } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';

/**
 * Approved, and then the follower is another one than on the card. Nothing is replaced before a person has decided
 * on what is there now, and the copy that is there by then is used.
 */
describe('a follower that changes after its approval', { timeout: 300_000 }, () => {
  const home = sharedLab();
  const WIPE = 'wipe-follower/follower1';
  const SWAP = 'swap-follower/follower1';
  let operator: Operator;
  let serverStart: string;

  beforeEach(async () => {
    operator = new Operator(home);
    await Promise.all([resetLab(home), operator.up()]);
  });
  afterEach(() => operator.close());

  const onFollower = (script: string): Promise<string> => operator.on('follower1', `set -e\n${script}`);

  /** All is approved, the follower's part before it changes: the copy begins with the leader's. */
  const approvedThen = async (change: string): Promise<void> => {
    await operator.cli('start');
    await operator.approve(WIPE);
    await onFollower(change);
    serverStart = await oldServerStart();
    await operator.approve('change-leader');
  };

  const oldServerStart = (): Promise<string> =>
    psql(home, 'follower1', 'select system_identifier, pg_postmaster_start_time() from pg_control_system()');

  /** The old server has not even been restarted. */
  const expectNoSwap = async (): Promise<void> => {
    expect(await oldServerStart()).toBe(serverStart);
    expect(await onFollower('ls -d /var/lib/postgresql/15/*.replaced-* 2>/dev/null || true')).toBe('');
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
    expect(await onFollower(starts)).toBe('1');
    expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
  };

  it('to another machine, with another database, host key and cluster: no swap of what nobody approved', async () => {
    await approvedThen(`echo 0123456789abcdef0123456789abcdef >/etc/machine-id
      cd /; setpriv --reuid=postgres --regid=postgres --init-groups createdb -h /var/run/postgresql rogue`);
    const gate = await openGate(WIPE, serverStart.split('|')[0]);
    expect(gate.because).toMatch(/is not the one that was approved\. These differ: databases, machineId\.$/);
    expect((await operator.cli('show')).stdout).toMatch(
      /Asked again[^]*These differ:\s+databases,\s+machineId/,
    );
    await expectNoSwap();
    await operator.approve(gate.id);
    await openGate(SWAP);

    // Something else answers at the address by now.
    await onFollower(`cd /etc/ssh; mkdir own; mv ssh_host_* own/; ssh-keygen -q -t ed25519 -N '' -f ssh_host_ed25519_key
      systemctl restart ssh; main=$(systemctl show -p MainPID --value ssh)
      for pid in $(pgrep -x sshd); do [ "$pid" = "$main" ] || kill "$pid"; done`);
    await operator.approve(SWAP);
    expect(await parkedOn('HOST_KEY_CHANGED')).toMatch(/^Shown: SHA256:\S+\. \S+known_hosts has for 10\./);
    await expectNoSwap();
    await onFollower('cd /etc/ssh; rm ssh_host_*; mv own/* .; rmdir own; systemctl restart ssh');

    await onFollower('pg_dropcluster --stop 15 main; pg_createcluster --start 15 main -- --no-sync');
    serverStart = await oldServerStart();
    await operator.cli('resume', '--retry');
    const again = await openGate(WIPE);
    expect(again.because).toMatch(/These differ: databases, (inode, )?systemIdentifier\.$/);
    await expectNoSwap();
    await operator.approve(again.id);
    await expectDoneWithOneCopy();
  });

  it('by a client: no swap before somebody has approved with the client on the card', async () => {
    await approvedThen(
      `cd /; nohup setpriv --reuid=postgres --regid=postgres --init-groups psql -X -h /var/run/postgresql -c 'select pg_sleep(600)' >/dev/null 2>&1 </dev/null &`,
    );
    expect(await parkedOn('FOLLOWER_IN_USE')).toBe('postgres@postgres from the local socket (psql)');
    await expectNoSwap();
    await operator.cli('resume', '--retry');
    const gate = await openGate(SWAP);
    expect((await operator.cli('show')).stdout).toMatch(
      /Clients +1, [^]*postgres@postgres from the local socket \(psql\)[^]*! client sessions: 0 \S+ 1/,
    );
    await expectNoSwap();
    await operator.approve(gate.id);
    await expectDoneWithOneCopy();
  });
});
