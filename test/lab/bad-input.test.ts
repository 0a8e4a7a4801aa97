import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding, Plan } from '../../workflows/contract/plan.js';
import { onHost, Operator, psql, resetLab } from './support/operator.js';
import { sharedLab } from './support/shared-lab.js';
import { snapshots } from './support/snapshot.js';
import { until } from './support/until.js';

const home = sharedLab();
let operator: Operator;
let before: Record<string, string>;

/** Hosts as after their first start, with `change` made to them, and an operator with server and worker. */
function scene(change: () => Promise<unknown> = () => Promise.resolve()): void {
  beforeAll(async () => {
    await resetLab(home);
    await change();
    operator = new Operator(home);
    await operator.up();
    before = await snapshots(home);
  });
  afterAll(() => operator.close());
}

/** A change that belongs to the scene, made before the tool looks: from here on nothing may change. */
async function given(host: string, script: string): Promise<void> {
  await onHost(home, host, `set -e\n${script}`);
  before = await snapshots(home);
}

async function givenSql(host: string, sql: string, database?: string): Promise<void> {
  await psql(home, host, sql, database);
  before = await snapshots(home);
}

const expectUnchanged = async (): Promise<void> => {
  expect(await snapshots(home)).toEqual(before);
};

/** What the cases below change of a runbook.yaml. */
interface Yaml {
  leader: { host: string };
  followers: [{ host: string; postgres?: { version: string; cluster: string } }];
  ssh: { user: string; identityFile: string; knownHosts: string };
  replication: Record<string, unknown>;
}
type Edit = (config: Yaml) => void;

const configure = (edit: Edit = () => undefined): void => {
  operator.writeConfig((config) => {
    edit(config as Yaml);
  });
};

async function plan(edit: Edit = () => undefined): Promise<{ code: number; plan: Plan }> {
  configure(edit);
  const { code, stdout, stderr } = await operator.program('plan', '--json');
  if (!stdout.startsWith('{')) throw new Error(`plan ended with ${String(code)}\n${stdout}${stderr}`);
  const [made] = (JSON.parse(stdout) as { plans: [Plan] }).plans;
  return { code, plan: made };
}

/** The plan is refused for exactly these reasons, `CODE host`; each names its host first and has a hint. */
async function refused(reasons: string[], edit?: Edit): Promise<Finding[]> {
  const { code, plan: made } = await plan(edit);
  const found = made.findings.filter(({ severity }) => severity === 'blocker');
  // Sorted: hosts are looked at side by side, and who is told first is chance.
  expect(found.map((finding) => `${finding.code} ${finding.host ?? ''}`).sort()).toEqual(reasons);
  expect(code).toBe(3);
  for (const { host, message, hint } of found) {
    expect(message).toMatch(new RegExp(`^${host ?? '(no host)'}: `));
    expect(hint ?? '').not.toBe('');
  }
  return found;
}

async function accepted(edit?: Edit): Promise<Plan> {
  const { code, plan: made } = await plan(edit);
  expect(made.findings.filter(({ severity }) => severity === 'blocker')).toEqual([]);
  expect(code).toBe(0);
  expect(made.followers.follower1?.needsGate).toBe(true);
  return made;
}

/** Lines of the output, which is wrapped, as one. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('on hosts as they are', () => {
  scene(async () => {
    // An account that may log in, and may not use sudo.
    for (const host of ['leader', 'follower1'])
      await onHost(
        home,
        host,
        `useradd -m -s /bin/bash -p '*' nosudo && cp -a /home/ops/.ssh /home/nosudo/ && chown -R nosudo: /home/nosudo`,
      );
  });

  describe('a configuration that cannot be right', () => {
    let otherKey: string;

    beforeAll(() => {
      otherKey = join(operator.directory, 'other-key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', otherKey]);
    });

    const file = (name: string, content: string): string => {
      const path = join(operator.directory, name);
      writeFileSync(path, content);
      return path;
    };

    it('an unknown key is refused at its line, with the key that was meant', async () => {
      configure((config) => {
        config.replication.slotWalLimt = '1GB';
      });
      const outcome = await operator.program('plan');
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      const line = readFileSync(operator.configFile, 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('slotWalLimt'));
      expect(flat(outcome.stderr)).toMatch(
        new RegExp(
          `error: .*runbook.yaml:${String(line + 1)}:3: unknown key "replication.slotWalLimt"; did you mean "slotWalLimit"\\? \\[CONFIG_INVALID\\] hint: Correct the line`,
        ),
      );
      expect((await operator.program('start')).code).toBe(2);
    });

    it('a missing file is named', async () => {
      const outcome = await operator.program('plan', '--config', 'nowhere.yaml');
      expect(outcome).toMatchObject({ code: 2, stdout: '' });
      expect(flat(outcome.stderr)).toMatch(/error: .*nowhere.yaml .*\[CONFIG_NOT_FOUND\].* hint: .*--config/);
    });

    const both = (code: string): string[] => [`${code} follower1`, `${code} leader`];
    it.each<{ what: string; edit: Edit; reasons: string[]; message: RegExp; hint: RegExp; detail?: RegExp }>([
      {
        what: 'an unknown host key',
        edit: (config) => {
          config.ssh.knownHosts = file('empty-known-hosts', '');
        },
        reasons: both('HOST_KEY_UNKNOWN'),
        message: /the host key is not known/,
        detail: /empty-known-hosts has no key for 10\./,
        hint: /add it under the name 10\./,
      },
      {
        what: 'a changed host key',
        edit: (config) => {
          const key = readFileSync(`${otherKey}.pub`, 'utf8');
          config.ssh.knownHosts = file(
            'other-known-hosts',
            `${config.leader.host} ${key}${config.followers[0].host} ${key}`,
          );
        },
        reasons: both('HOST_KEY_CHANGED'),
        message: /another key than known_hosts has/,
        detail: /Shown: SHA256:\S+\. \S+other-known-hosts has for 10\.\S+: SHA256:/,
        hint: /reinstalled or something else answers/,
      },
      {
        what: 'no known_hosts file',
        edit: (config) => {
          config.ssh.knownHosts = '/nonexistent/known_hosts';
        },
        reasons: both('KNOWN_HOSTS_MISSING'),
        message: /\/nonexistent\/known_hosts/,
        hint: /ssh-keyscan|known_?hosts/i,
      },
      {
        what: 'the wrong ssh key',
        edit: (config) => {
          config.ssh.identityFile = otherKey;
        },
        reasons: both('SSH_KEY_REFUSED'),
        message: /refuses the key \S+other-key for user ops/,
        hint: /~ops\/\.ssh\/authorized_keys.*`ssh\.identityFile`/,
      },
      {
        what: 'no ssh key file',
        edit: (config) => {
          config.ssh.identityFile = '/nonexistent/id_ed25519';
        },
        reasons: both('SSH_KEY_UNREADABLE'),
        message: /cannot be read by the worker: \/nonexistent\/id_ed25519/,
        detail: /ENOENT/,
        hint: /`ssh\.identityFile`/,
      },
      {
        what: 'an account without sudo',
        edit: (config) => {
          config.ssh.user = 'nosudo';
        },
        reasons: both('SUDO_REFUSED'),
        message: /sudo refuses the ssh user/,
        detail: /sudo: /,
        hint: /NOPASSWD.*docs\/security\.md/,
      },
      {
        what: 'a follower that is the leader',
        edit: (config) => {
          config.followers[0].host = config.leader.host;
        },
        reasons: ['FOLLOWER_IS_LEADER follower1'],
        message: /it is the machine of the leader/,
        detail: /machine-id [0-9a-f]{32}/,
        hint: /Correct `host:` of follower1/,
      },
      {
        what: 'a pinned cluster that does not exist',
        edit: (config) => {
          config.followers[0].postgres = { version: '15', cluster: 'mian' };
        },
        reasons: ['CLUSTER_NOT_FOUND follower1'],
        message: /no cluster 15\/mian/,
        detail: /There are: 15\/main\./,
        hint: /`postgres:` under follower1/,
      },
      {
        what: 'an unbounded slot that nobody accepted',
        edit: (config) => {
          delete config.replication.slotWalLimit;
        },
        reasons: ['SLOT_UNBOUNDED leader'],
        message: /max_slot_wal_keep_size is unlimited/,
        detail: /fill the leader's disk/,
        hint: /`replication\.slotWalLimit`.*`replication\.acceptUnboundedSlot: true`/,
      },
    ])('$what is refused', async ({ edit, reasons, message, hint, detail }) => {
      for (const found of await refused(reasons, edit)) {
        expect(found.message).toMatch(message);
        expect(found.hint).toMatch(hint);
        if (detail !== undefined) expect(found.detail).toMatch(detail);
      }
    });

    it('is accepted once the unbounded slot is', async () => {
      await accepted((config) => {
        delete config.replication.slotWalLimit;
        config.replication.acceptUnboundedSlot = true;
      });
    });

    it('is told as text in the same words', async () => {
      configure((config) => {
        config.ssh.identityFile = otherKey;
      });
      const { code, stdout } = await operator.program('plan');
      expect(code).toBe(3);
      expect(flat(stdout)).toMatch(
        /blocker: follower1: the host refuses the key \S+ for user ops \[SSH_KEY_REFUSED\] hint: Add its public key/,
      );
    });

    it('has changed nothing on either host', expectUnchanged);
  });

  describe('a password that only a step can find wrong', () => {
    /** Our own notes stay: the record of the operation, closed, and the journal. */
    const withoutNotes = (seen: Record<string, string>): Record<string, string[]> =>
      Object.fromEntries(
        Object.entries(seen).map(([host, text]) => [
          host,
          text.split('\n').filter((line) => !line.startsWith('/var/lib/pg-runbook')),
        ]),
      );

    const parkedWith = async (code: string): Promise<string> => {
      await operator.startApproved();
      await operator.until('a parked follower', (view) => view.followers.follower1?.failure);
      expect((await operator.view()).followers.follower1?.failure?.code).toBe(code);
      const shown = await operator.program('show');
      expect(shown.code).toBe(3);
      return flat(shown.stdout);
    };

    it('one whose file does not exist parks, and cancel leaves both hosts as they were', async () => {
      configure((config) => {
        config.replication.password = { file: '/nonexistent/password' };
      });
      expect(await parkedWith('PASSWORD_MISSING')).toMatch(
        /cannot be read by the worker: \/nonexistent\/password \[PASSWORD_MISSING\].*hint: .*runbook resume/,
      );
      await operator.ok('cancel', '--by', 'alice');
      expect((await operator.program('wait', '--timeout', '60s')).code).toBe(4);
      expect((await operator.view()).outcome).toBe('cancelled');
      expect(withoutNotes(await snapshots(home))).toEqual(withoutNotes(before));
    });

    it("one that is not the role's parks, and abort leaves the role and its password alone", async () => {
      await givenSql('leader', "create role replication_follower1 login replication password 'x'");
      configure();
      expect(await parkedWith('ROLE_PASSWORD_DIFFERS')).toMatch(
        /leader: role replication_follower1 exists with another password .*\[ROLE_PASSWORD_DIFFERS\].*hint: .*replication\.password.*replication\.role/,
      );
      await operator.program('resume', '--abort', '--by', 'alice');
      expect((await operator.program('wait', '--timeout', '60s')).code).toBe(5);
      expect((await operator.view()).outcome).toBe('aborted');
      expect(withoutNotes(await snapshots(home))).toEqual(withoutNotes(before));
      const records =
        'ls /var/lib/pg-runbook/op/*/* | wc -l; grep -L ^closedAt= /var/lib/pg-runbook/op/*/* || true';
      expect(await onHost(home, 'follower1', records)).toBe('1');
    });
  });
});

describe('on hosts that were changed', () => {
  scene();

  describe('a follower that must not be replaced by mistake', () => {
    it('one with a table in database postgres asks for its system identifier', async () => {
      await givenSql('follower1', 'create table notes (id int)');
      const made = await accepted();
      const [found] = made.findings;
      expect(found).toMatchObject({ severity: 'warning', code: 'FOLLOWER_HAS_DATA' });
      expect(found?.detail).toMatch(/^1 table in database postgres\.$/);
      expect(made.followers.follower1?.identifier).toBe(
        await psql(home, 'follower1', 'select system_identifier from pg_control_system()'),
      );
      await expectUnchanged();
      await psql(home, 'follower1', 'drop table notes');
    });

    it('one with a slot: a run parks before any gate, and goes on when it is gone', async () => {
      await givenSql('follower1', "select pg_create_physical_replication_slot('others')");
      const [found] = await refused(['FOLLOWER_LEADER_LIKE follower1']);
      expect(found?.detail).toMatch(/slot others/);

      expect((await operator.program('start')).code).toBe(3);
      const parked = await operator.until('a parked follower', (view) => {
        const { failure } = view.followers.follower1 ?? {};
        return failure !== undefined && view;
      });
      expect(parked.followers.follower1?.failure?.code).toBe('FOLLOWER_LEADER_LIKE');
      expect([...parked.leader.gates, ...(parked.followers.follower1?.gates ?? [])]).toEqual([]);
      const shown = await operator.program('show');
      expect(shown.code).toBe(3);
      expect(flat(shown.stdout)).toMatch(
        /follower1: .*\[FOLLOWER_LEADER_LIKE\].*slot others.*runbook resume/,
      );
      await expectUnchanged();

      await givenSql('follower1', "select pg_drop_replication_slot('others')");
      await operator.program('resume', '--retry');
      await operator.until('the gate', (view) => view.followers.follower1?.gates.length === 1);
      await operator.ok('reject', '--gate', 'wipe-follower/follower1', '--reason', 'only a test');
      expect((await operator.program('wait', '--timeout', '30s')).code).toBe(4);
      await expectUnchanged();
    });

    it('one that clients are connected to', async () => {
      const held = "select pid from pg_stat_activity where query like 'select pg_sleep%'";
      await given(
        'follower1',
        `cd /; nohup setpriv --reuid=postgres --regid=postgres --init-groups psql -X -h /var/run/postgresql -c 'select pg_sleep(600)' >/dev/null 2>&1 </dev/null &`,
      );
      await until('the session', async () => (await psql(home, 'follower1', held)) !== '');
      const { findings } = await accepted();
      expect(findings).toMatchObject([
        {
          severity: 'warning',
          code: 'FOLLOWER_IN_USE',
          message: expect.stringMatching(/clients are connected to it: 1$/) as string,
        },
      ]);
      await expectUnchanged();
      await psql(home, 'follower1', `select pg_terminate_backend(pid) from (${held}) sessions`);
    });

    it('one with two clusters and none named; the pinned one is planned', async () => {
      await given('follower1', 'pg_createcluster 15 second -- --no-sync');
      const [found] = await refused(['CLUSTER_AMBIGUOUS follower1']);
      expect(found?.detail).toMatch(/15\/main, 15\/second/);
      expect(found?.hint).toMatch(/`postgres: \{ version, cluster \}` under follower1/);
      const pinned = await accepted((config) => {
        config.followers[0].postgres = { version: '15', cluster: 'main' };
      });
      expect(pinned.followers.follower1?.target.location.dataDirectory).toBe('/var/lib/postgresql/15/main');
      await expectUnchanged();
      await onHost(home, 'follower1', 'pg_dropcluster 15 second');
    });

    it('one without a cluster; the command in the hint makes one', async () => {
      await given('follower1', 'pg_dropcluster --stop 15 main');
      const [found] = await refused(['NO_CLUSTER follower1']);
      await expectUnchanged();
      const command = /`(pg_createcluster [^`]+)`/.exec(found?.hint ?? '')?.[1];
      await onHost(home, 'follower1', command ?? 'echo no command in the hint; false');
      await accepted();
    });
  });

  describe('a leader that cannot lead', () => {
    it('one with ssl off, where tls is required; and one with a tablespace in its data directory', async () => {
      await psql(home, 'leader', 'alter system set ssl = off');
      await psql(home, 'leader', 'select pg_reload_conf()');
      await until('ssl off', async () => (await psql(home, 'leader', 'show ssl')) === 'off');
      const inside = '/var/lib/postgresql/15/main/extra';
      await given('leader', `install -d -o postgres -g postgres -m 700 ${inside}`);
      const [tls] = await refused(['TLS_NOT_AVAILABLE leader']);
      expect(tls?.hint).toMatch(/`replication\.tls: off`/);
      const clear: Edit = (config) => {
        config.replication.tls = 'off';
      };
      await accepted(clear);

      await givenSql('leader', `create tablespace extra location '${inside}'`);
      const found = await refused(['LINKED_PATH_UNUSABLE follower1', 'TABLESPACE_UNUSABLE leader'], clear);
      expect(found.find(({ host }) => host === 'leader')?.message).toMatch(/cannot be copied: extra at /);
      await expectUnchanged();
    });

    it('one that is itself in recovery', async () => {
      await given(
        'leader',
        'install -o postgres -g postgres -m 600 /dev/null /var/lib/postgresql/15/main/standby.signal; systemctl restart postgresql@15-main',
      );
      const [found] = await refused(['LEADER_IN_RECOVERY leader']);
      expect(found?.hint).toMatch(/real leader/);
      await expectUnchanged();
    });

    it('one that is down', async () => {
      await given('leader', 'systemctl stop postgresql@15-main');
      await refused(['LEADER_DOWN leader']);
      await expectUnchanged();
    });
  });
});
