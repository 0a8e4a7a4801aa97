import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../client/diagnosis.js';
import type { Finding } from '../../workflows/contract/plan.js';
import { newerPackage, sql } from './support/changes.js';
import { PlanScene, type Change, type Edit } from './support/plan-scene.js';
import { sharedLab } from './support/shared-lab.js';

const scene = new PlanScene(sharedLab());
beforeAll(() => scene.open());
afterAll(() => scene.close());

const CONFIG = '/etc/postgresql/15/main';

/** Settings the server was started with. */
const startedWith = (...lines: string[]): string => `
cat >${CONFIG}/conf.d/99-test.conf <<'CONF'
${lines.join('\n')}
CONF
chmod 644 ${CONFIG}/conf.d/99-test.conf
cd /; systemctl restart postgresql@15-main; until pg_isready -qh /var/run/postgresql; do sleep 0.05; done`;

const noPlaceIsFree: Change = {
  given: `${startedWith('max_wal_senders = 2', 'max_replication_slots = 1')}
${sql("select pg_create_physical_replication_slot('others')")}`,
  undo: sql("select pg_drop_replication_slot('others')"),
};

/** Commits wait for whoever comes first, and that is somebody else's archive of the WAL. */
const anySynchronous: Change = {
  given: `install -d -o postgres -m 700 /srv/wal
cd /; nohup setpriv --reuid=postgres --regid=postgres --init-groups /usr/lib/postgresql/15/bin/pg_receivewal -h /var/run/postgresql -D /srv/wal -S others --synchronous >/dev/null 2>&1 </dev/null &
echo $! >/run/receivewal.pid
${sql("alter system set synchronous_standby_names = '*'")}
${sql('select pg_reload_conf()')}
for try in $(seq 200); do [ "$(${sql('select sync_state from pg_stat_replication')})" != sync ] || exit 0; sleep 0.05; done; exit 1`,
  undo: `${sql('alter system reset synchronous_standby_names')}; ${sql('select pg_reload_conf()')}
kill "$(cat /run/receivewal.pid)"; while [ -n "$(${sql('select pid from pg_stat_replication')})" ]; do sleep 0.05; done`,
};

/** The host's idea of the time; the clock itself is this machine's own. */
const clockAhead: Change = {
  given: `printf '#!/bin/sh\\nexec /usr/bin/date -d "+90 seconds" "$@"\\n' >/usr/local/bin/date; chmod 755 /usr/local/bin/date`,
  undo: 'rm /usr/local/bin/date',
};

/** An address in the network of the hosts that none of them has of its own. */
const floating = (address: unknown): string => String(address).replace(/\d+$/, '250');
const onInterface = (verb: string): string =>
  `set -- $(ip -o -4 addr show scope global); ip addr ${verb} "\${4%.*}.250/32" dev "$2"`;
const floatingAddress: Change = { given: onInterface('add'), undo: onInterface('del') };
const toTheFloating: Edit = (config) => {
  config.leader.address = floating(config.leader.address);
};

/** Nothing can replicate from this one, and what a restart of it would bring is somebody else's. */
const unpreparedLeader: Change = {
  given: `
cp -a /usr/lib/locale/C.utf8 /usr/lib/locale/de_DE.utf8
${startedWith(
  'wal_level = minimal',
  'max_wal_senders = 0',
  'max_replication_slots = 0',
  'max_connections = 150',
  "shared_preload_libraries = 'auto_explain'",
)}
${sql("create database sortiert template template0 lc_collate 'de_DE.UTF-8' lc_ctype 'de_DE.UTF-8'")}
sed -i '1i hostssl replication all all reject' ${CONFIG}/pg_hba.conf
echo 'hostt all all all trust' >>${CONFIG}/pg_hba.conf
sed -i 's/^shared_buffers = .*/shared_buffers = 64MB/' ${CONFIG}/postgresql.conf`,
};

const withoutLibrary: Change = { given: 'rm /usr/lib/postgresql/15/lib/auto_explain.so' };

const told = ({ message, detail = '', hint = '' }: Finding): string => [message, detail, hint].join('\n');

function expectFindings(findings: Finding[], expected: Record<string, RegExp>): void {
  const keyOf = ({ severity, code, host = '' }: Finding): string => `${severity} ${code} ${host}`;
  expect(findings.map(keyOf).sort()).toEqual(Object.keys(expected).sort());
  for (const found of findings) expect(told(found)).toMatch(expected[keyOf(found)] ?? /^never$/);
}

/** What the plan does about the leader's settings: `name: from to`, and whether it restarts for that. */
const planned = (plan: Awaited<ReturnType<typeof scene.plan>>['plan']): string[] =>
  (plan.leader?.target.settings ?? []).map(
    ({ name, from, to, restart }) => `${name}: ${from} to ${to}${restart ? ', restart' : ''}`,
  );

/** `runbook doctor` says the same as the plan, host by host, and ends with its exit status. */
async function expectDoctor({ code, findings }: { code: number; findings: Finding[] }): Promise<void> {
  const json = await scene.cli('doctor', '--json');
  expect(json.code).toBe(code);
  const diagnosis = JSON.parse(json.stdout) as Diagnosis;
  const byText = (list: Finding[]): string[] => list.map((found) => JSON.stringify(found)).sort();
  expect(byText(diagnosis.hosts.flatMap((host) => host.findings))).toEqual(byText(findings));
  expect(diagnosis.findings).toEqual([]);
  expect(diagnosis.blockers).toBe(findings.filter(({ severity }) => severity === 'blocker').length);
  const text = await scene.cli('doctor');
  expect(text.code).toBe(code);
  const flat = text.stdout.replaceAll(/\s+/g, ' ');
  for (const { code: name, message } of findings) {
    expect(flat).toContain(message.replaceAll(/\s+/g, ' '));
    expect(flat).toContain(`explain: runbook explain ${name}`);
  }
  expect(flat).toMatch(
    code === 0
      ? /leader \(leader, \S+\) nothing found .* follower1 \(follower, \S+\) nothing found .* Nothing wrong was found on 2 hosts\. What a run would do: runbook plan lab/
      : /\d blockers, \d warnings on 2 hosts: a run would stop at once and wait\./,
  );
}

describe('the survey tells of servers and what they run on, and changes nothing', () => {
  it('nothing is wrong with hosts as they are; doctor says so', async () => {
    const seen = await scene.look({}, undefined, expectDoctor);
    expect(seen).toMatchObject({ code: 0, findings: [] });
    expect(planned(seen.plan)).toEqual([
      expect.stringMatching(/^listen_addresses: localhost to localhost, [\d.]+, restart$/),
      'max_slot_wal_keep_size: -1 to 1024MB',
    ]);
  });

  it('senders and slots exhausted, an upgrade before the restart, an address that leads to the follower, a clock', async () => {
    const { code, findings, plan } = await scene.look(
      { leader: [noPlaceIsFree, anySynchronous, newerPackage], follower1: [floatingAddress, clockAhead] },
      toTheFloating,
    );
    expectFindings(findings, {
      'warning ADDRESS_NOT_LEADERS leader':
        /leader\.address \S+\.250 is no address of this host; perhaps a proxy or a floating address\nIts addresses: [\d.]+\.\n/,
      'blocker ADDRESS_NOT_LEADERS follower1':
        /leader\.address \S+\.250 is an address of this host, not of leader\n.*Correct `leader\.address`/s,
      'blocker SYNC_STANDBY_NAMES leader':
        /wait for the copy of follower1\nsynchronous_standby_names is \*\. .*commits would hang meanwhile\.\n.*one by one/,
      'warning UPGRADE_PENDING leader':
        /to package version 15\.99-0\+test, and restart it\nThis run restarts the leader too\..*\n.*apt-mark hold/,
      'warning CLOCK_OFF follower1': /its clock is (8[89]|9\d)\.\d s ahead of the worker's\n/,
    });
    expect(code).toBe(3);
    expect(planned(plan)).toEqual([
      'max_wal_senders: 2 to 10, restart',
      'max_replication_slots: 1 to 10, restart',
      expect.stringMatching(/^listen_addresses: localhost to localhost, \S+\.250, restart$/),
      'max_slot_wal_keep_size: -1 to 1024MB',
    ]);
  });

  it('a leader without WAL for followers, errors and rules in pg_hba.conf, edits of others; a follower that lacks what it needs', async () => {
    const { code, findings, plan } = await scene.look(
      { leader: [unpreparedLeader], follower1: [withoutLibrary] },
      undefined,
      expectDoctor,
    );
    expectFindings(findings, {
      'blocker HBA_FILE_ERRORS leader':
        /its pg_hba\.conf has errors\n\S*line \d+: invalid connection type "hostt"\nCorrect them, then resume\./,
      'warning RELOAD_BRINGS_EDITS leader':
        /\n\/etc\/postgresql\/15\/main\/pg_hba\.conf, \/etc\/postgresql\/15\/main\/postgresql\.conf\n/,
      'warning RESTART_NOT_SAFE leader':
        /changes somebody else has made: shared_buffers\n.*Approve it only if/s,
      'info HBA_RULE_ABOVE leader':
        /line 1 \(reject\) decides about follower1 now; our line is placed before it\n/,
      'blocker PRELOAD_LIBRARY_MISSING follower1':
        /loads libraries it does not have: auto_explain\n.*Install the packages/s,
      'blocker LOCALE_MISSING follower1':
        /it does not have the locale de_DE\.UTF-8\nDatabases of the leader that use it: sortiert\.\n.*locale-gen/,
      'info FOLLOWER_SETTINGS_LOWER follower1': /\nmax_connections 100, the leader has 150\.\n/,
    });
    expect(code).toBe(3);
    expect(planned(plan)).toEqual([
      'wal_level: minimal to replica, restart',
      'max_wal_senders: 0 to 10, restart',
      'max_replication_slots: 0 to 10, restart',
      expect.stringMatching(/^listen_addresses: /),
      'max_slot_wal_keep_size: -1 to 1024MB',
    ]);
  });
});
