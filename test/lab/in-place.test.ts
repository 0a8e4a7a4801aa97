import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labCommand } from '../../lab/lab-exec.js';
import type { Plan } from '../../workflows/contract/plan.js';
import { Operator, psql, resetLab } from './support/operator.js';
import { commandsOf, journalOf, planOf, plannedOn } from './support/plan-and-journal.js';
import { sharedLab } from './support/shared-lab.js';
import { until } from './support/until.js';

const DATA = '/var/lib/postgresql/15/main';
const START_CONF = '/etc/postgresql/15/main/start.conf';
const CONTROL = `${DATA}/global/pg_control`;

/** The data directory becomes a mount point, which no rename moves; so it stays after a boot. */
const MOUNTED = `set -e
systemctl stop postgresql@15-main
mv ${DATA} ${DATA}.volume && mkdir ${DATA} && chown --reference=${DATA}.volume ${DATA} && chmod 700 ${DATA}
echo '${DATA}.volume ${DATA} none bind 0 0' >>/etc/fstab
systemctl daemon-reload && mount ${DATA}
systemctl start postgresql@15-main
sync -f /`;

/** Once only, the find that deletes stops for ever when half of the files are gone. */
const HALTING_FIND = `cat >/usr/local/sbin/find <<'EOF'
#!/bin/sh
case "$*" in *-delete) ;; *) exec /usr/bin/find "$@" ;; esac
mv /usr/local/sbin/find /usr/local/sbin/find.done && sync -f /usr/local/sbin
/usr/bin/find . -xdev -depth -mindepth 1 ! -type d | awk 'NR % 2' | xargs -d '\\n' rm --
sync -f .
touch /run/wipe-halts
exec sleep 600
EOF
chmod 755 /usr/local/sbin/find && sync -f /usr/local/sbin`;

describe('a copy in place', { timeout: 300_000 }, () => {
  const home = sharedLab();
  let operator: Operator;
  let startConf: string;

  beforeAll(async () => {
    await resetLab(home);
    operator = new Operator(home);
    operator.writeConfig((config) => {
      config.copy = { maxRate: '8MB' };
    });
    await operator.on('follower1', MOUNTED);
    startConf = await operator.on('follower1', `sha256sum <${START_CONF}`);
    await operator.up();
  });
  afterAll(async () => {
    await operator.close();
    await resetLab(home);
  });

  const on = (script: string): Promise<string> => operator.on('follower1', script);

  async function powerCut(): Promise<void> {
    for (const verb of ['power-cut', 'boot']) {
      const { code, stderr } = await labCommand(home, [verb, 'follower1']);
      expect([verb, code, stderr]).toEqual([verb, 0, expect.anything()]);
    }
  }

  /** Nothing has come up with the host, and nothing does by any of the usual ways. */
  async function expectNoServer(): Promise<void> {
    expect(await on(`mountpoint ${DATA}; grep -v '#' ${START_CONF} | xargs`)).toBe(
      `${DATA} is a mountpoint\ndisabled`,
    );
    const tried = `systemctl start postgresql postgresql@15-main; pg_ctlcluster 15 main start; pgrep -xc postgres`;
    expect(await on(`(${tried}) 2>/dev/null || true`)).toBe('0');
  }

  const copying = (): Promise<number> =>
    operator.until('bytes of the copy', ({ progress }) =>
      progress?.follower1?.phase === 'copying' ? progress.follower1.bytesDone : undefined,
    );

  it('is planned where the data directory is a mount point; its card says that nothing brings the data back', async () => {
    const { code, stdout } = await operator.cli('plan', '--json');
    expect(code).toBe(0);
    const [plan] = (JSON.parse(stdout) as { plans: [Plan] }).plans;
    expect(plan.findings.map((finding) => finding.code)).toEqual(['COPY_IN_PLACE']);
    const follower = plan.followers.follower1;
    expect(follower?.target.mode).toBe('in-place');
    expect(follower?.destroys).toMatchObject({ path: DATA, mount: DATA });
    expect(follower?.destroys?.movedTo).toBeUndefined();
    expect(follower?.identifier).toBe(
      await psql(home, 'follower1', 'select system_identifier from pg_control_system()'),
    );
    expect((await operator.cli('plan')).stdout).toMatch(/DELETED.*\n?.*cannot be\s+undone/);
  });

  it('goes on after a power cut in the wipe, and can be given up, which leaves an empty directory', async () => {
    await on(HALTING_FIND);
    await operator.startApproved();
    await until('half of the files are gone', async () => (await on('ls /run/wipe-halts || true')) !== '');
    expect(await on(`ls ${CONTROL} 2>/dev/null || true; ls -A ${DATA} | wc -l`)).toMatch(/^[1-9]/);
    await powerCut();
    await expectNoServer();
    expect(await on(`ls ${CONTROL} 2>/dev/null || true`)).toBe('');

    await copying();
    await expectNoServerProcess();
    await operator.ok('cancel', '--by', 'alice');
    expect((await operator.cli('wait', '--for', 'closed', '--timeout', '60s')).code).toBe(4);
    const { outcome, followers } = await operator.view();
    expect(outcome).toBe('cancelled');
    expect(followers.follower1?.leftovers).toEqual([
      expect.stringMatching(/main is empty: its data was deleted .* `runbook start` copies anew$/),
      expect.stringMatching(/autostart stays held.*start\.conf/),
    ]);
    await expectNoServer();
    expect(await on(`ls -A ${DATA}; grep -L closedAt /var/lib/pg-runbook/op/*/*`)).toBe('');
    expect(await psql(home, 'leader', 'select count(*) from pg_replication_slots')).toBe('0');
  });

  it('of the emptied directory goes on after a power cut in the copy, and ends right', async () => {
    const [next] = (JSON.parse((await operator.cli('plan', '--json')).stdout) as { plans: [Plan] }).plans;
    expect(next.findings).toMatchObject([{ severity: 'warning', code: 'COPY_IN_PLACE' }]);
    expect(next.followers.follower1?.target).toMatchObject({ class: 'empty', autostartHeld: true });
    await operator.startApproved();
    await copying();
    await powerCut();
    await expectNoServer();
    await operator.ok('wait', '--for', 'closed', '--timeout', '120s');
    const { outcome, followers } = await operator.view();
    expect([outcome, followers.follower1?.failure]).toEqual(['done', undefined]);

    expect(await psql(home, 'follower1', 'select pg_is_in_recovery()')).toBe('t');
    expect(await psql(home, 'leader', 'select state from pg_stat_replication')).toBe('streaming');
    expect(await on(`mountpoint -q ${DATA}; sha256sum <${START_CONF}; ls /var/lib/pg-runbook/held`)).toBe(
      startConf,
    );
    expect(await on('ls /run/systemd/generator/postgresql.service.wants')).toBe('postgresql@15-main.service');
    const plan = await planOf(operator);
    const done = commandsOf(await journalOf(operator, plan, 'follower1'));
    // The copy that was cut off, its clearing, and the copy that came after it.
    expect(done.filter((command) => command === `empty ${DATA}`)).toHaveLength(1);
    expect([...new Set(done)].filter((command) => command !== `empty ${DATA}`).sort()).toEqual(
      [...new Set(plannedOn(plan, 'follower1'))].sort(),
    );
  });

  async function expectNoServerProcess(): Promise<void> {
    expect(await on('pgrep -xc postgres || true')).toBe('0');
  }
});
