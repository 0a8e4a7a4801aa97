import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changesOf, readJournal } from '../../../lab/demo/journal.js';
import type { JournalEntry } from '../../../lab/demo/journal.js';
import { STEPS } from '../../../workflows/contract/steps.js';
import type { StepId } from '../../../workflows/contract/steps.js';

const OP = '1f2e3d4c';
const line = (step: StepId, commands: string[], op = OP): string =>
  JSON.stringify({ at: '2026-11-24T21:47:16Z', op, epoch: 1, by: 'root', step, commands });

describe('what a host says has changed on it', () => {
  it.each<[StepId, string[], string[]]>([
    [
      'ensureCredentials',
      [`CREATE ROLE "replication_follower1" LOGIN REPLICATION PASSWORD '<SCRAM-SHA-256 verifier>'`],
      ['role replication_follower1'],
    ],
    [
      'ensureCredentials',
      [
        'write /var/lib/postgresql/.pg-runbook/lab-follower1.pgpass (0600, postgres): 10.0.0.1:5432:*:r:<password>',
      ],
      ['password file /var/lib/postgresql/.pg-runbook/lab-follower1.pgpass'],
    ],
    [
      'ensureLeaderSettings',
      [
        "/etc/postgresql/15/main/conf.d/90-pg-runbook.conf: listen_addresses = 'localhost, 10.0.0.1'",
        'SELECT pg_reload_conf()',
      ],
      ["listen_addresses = 'localhost, 10.0.0.1'"],
    ],
    [
      'ensureLeaderHbaRule',
      [
        '/etc/postgresql/15/main/pg_hba.conf: hostssl replication r 10.0.0.2/32 scram-sha-256',
        'SELECT pg_reload_conf()',
      ],
      ['a line in /etc/postgresql/15/main/pg_hba.conf'],
    ],
    [
      'ensureSlot',
      ["SELECT pg_create_physical_replication_slot('rb_follower1_1f2e3d', true)"],
      ['replication slot rb_follower1_1f2e3d'],
    ],
    [
      'configureFollower',
      ["/x/main.incoming-1f2e3d4c/postgresql.auto.conf: primary_slot_name = 'rb_follower1_1f2e3d'"],
      ['primary_slot_name in postgresql.auto.conf of the copy'],
    ],
    [
      'swapDataDirectory',
      [
        'systemctl stop postgresql@15-main.service',
        'mv -T /x/main /x/main.replaced',
        'mv -T /x/main.incoming /x/main',
      ],
      ['stopped its old server', 'moved the directories'],
    ],
    ['closeOperation', ['close the operation'], []],
    ['restartLeader', ['systemctl restart postgresql@15-main.service'], []],
  ])('%s %j', (step, commands, expected) => {
    expect(changesOf(readJournal(line(step, commands), [OP]))).toEqual(expected);
  });

  it('says each change once, however often a step was tried', () => {
    const twice = [line('startFollower', ['a']), line('startFollower', ['a'])].join('\n');
    expect(changesOf(readJournal(twice, [OP]))).toEqual(['started PostgreSQL on the copy']);
  });

  it('knows something to say of every step, also of commands it does not know', () => {
    const silent = ['closeOperation', 'restartLeader', 'verifyStreaming'];
    for (const { id } of STEPS) {
      const entry: JournalEntry = { op: OP, step: id, commands: ['something else'] };
      expect(changesOf([entry])).toHaveLength(silent.includes(id) ? 0 : 1);
    }
  });

  it("leaves out other operations' entries and what is no entry", () => {
    const text = [
      line('startFollower', ['x'], 'ffffffff'),
      line('startFollower', ['x']).slice(0, -9),
      'null',
      '[]',
      '{}',
      '',
    ];
    expect(readJournal(text.join('\n'), [OP])).toEqual([]);
  });

  it('reads any text without complaint', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(readJournal(text, [OP])).toEqual([]);
      }),
    );
  });
});

it('tells of a rehearsal where it was, and not where only its marker was written', () => {
  const rehearsed = (commands: string[]) => changesOf([{ op: 'a', step: 'rehearseFollower', commands }]);
  expect(rehearsed(['/usr/lib/postgresql/15/bin/postgres -D /x'])).toEqual([
    'rehearsed the copy beside the old server',
  ]);
  expect(rehearsed(["SELECT pg_logical_emit_message(true, 'pg-replication-runbook', '<nonce>')"])).toEqual(
    [],
  );
});

it('knows how a server is stopped without systemd, and the file that lines went into', () => {
  expect(
    changesOf([{ op: 'a', step: 'swapDataDirectory', commands: ['pg_ctlcluster 15 main stop'] }]),
  ).toEqual(['stopped its old server']);
  expect(
    changesOf([
      {
        op: 'a',
        step: 'prepareSwitchover',
        commands: ['/etc/pg_hba.conf:', 'host replication r 10.0.0.1/32 scram-sha-256'],
      },
    ]),
  ).toEqual(['a line in /etc/pg_hba.conf']);
});
