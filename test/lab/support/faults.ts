import { labCommand } from '../../../lab/lab-exec.js';
import type { Fault } from './fault-grid.js';
import { psql } from './operator.js';
import type { Operator } from './operator.js';
import { until } from './until.js';

const ROLE = 'replication_follower1';
const CONF = '/etc/postgresql/15/main';
const DROP_IN = '/etc/systemd/system/postgresql@15-main.service.d';

const onLeader = ({ home }: Operator, sql: string): Promise<string> => psql(home, 'leader', sql);

/** Ends ssh connections that are there, so that the next one meets what has changed. */
const HANG_UP = 'pkill -KILL -f "^sshd: ops" || true';

/** Of the right password, while another one is in its place. */
let verifier = '';

/** Faults of passwords, keys and rights. */
const OF_ACCESS: Fault[] = [
  {
    name: 'a wrong password',
    before: 'restartLeader/leader#1',
    strike: async (operator) => {
      verifier = await onLeader(operator, `select rolpassword from pg_authid where rolname = '${ROLE}'`);
      await onLeader(operator, `alter role ${ROLE} password 'another'`);
    },
    told: { code: 'ACCESS_DENIED', message: /^follower1: it cannot open a replication connection/ },
    remedy: (operator) => onLeader(operator, `alter role ${ROLE} password '${verifier}'`),
  },
  {
    name: 'a role that has expired',
    before: 'restartLeader/leader#1',
    strike: (operator) => onLeader(operator, `alter role ${ROLE} valid until 'yesterday'`),
    told: { code: 'ACCESS_DENIED', message: /^follower1: / },
    remedy: (operator) => onLeader(operator, `alter role ${ROLE} valid until 'infinity'`),
  },
  {
    name: 'an ssh key that is removed and put back',
    before: 'configureFollower/follower1#1',
    strike: (operator) =>
      operator.on('follower1', `mv /home/ops/.ssh/authorized_keys /home/ops/kept; ${HANG_UP}`),
    told: { code: 'SSH_KEY_REFUSED', message: /^follower1: / },
    remedy: (operator) => operator.on('follower1', 'mv /home/ops/kept /home/ops/.ssh/authorized_keys'),
  },
  {
    name: 'sudo that is revoked',
    before: 'configureFollower/follower1#1',
    strike: (operator) => operator.on('follower1', `mv /etc/sudoers.d/ops /var/tmp/kept; ${HANG_UP}`),
    told: { code: 'SUDO_REFUSED', message: /^follower1: / },
    remedy: (operator) => operator.on('follower1', 'mv /var/tmp/kept /etc/sudoers.d/ops'),
  },
];

/** Faults of the leader. */
const OF_LEADER: Fault[] = [
  {
    name: 'slots that are used up in the middle of a run',
    before: 'ensureSlot/follower1#2',
    strike: (operator) =>
      onLeader(
        operator,
        "select pg_create_physical_replication_slot('filler' || n) from generate_series(1, current_setting('max_replication_slots')::int - (select count(*) from pg_replication_slots)::int) n",
      ),
    told: { code: 'POSTGRES_ERROR', message: /^leader: .*slots/ },
    remedy: (operator) =>
      onLeader(
        operator,
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name like 'filler%'",
      ),
  },
  {
    name: "a slot that is taken by somebody else's receiver",
    before: 'takeBaseBackup/follower1#1',
    strike: async (operator) => {
      const slot = await onLeader(operator, 'select slot_name from pg_replication_slots');
      await operator.on(
        'leader',
        `systemd-run --quiet --unit=receiver --uid=postgres /usr/lib/postgresql/15/bin/pg_receivewal -D /var/tmp -S ${slot}`,
      );
      await until(
        'the slot is taken',
        async () => (await onLeader(operator, 'select active from pg_replication_slots')) === 't',
      );
    },
    told: { code: 'SLOT_CONFLICT', message: /^leader: slot rb_follower1_\w+ is in use, and not by / },
    remedy: (operator) => operator.on('leader', 'systemctl stop receiver; rm -f /var/tmp/*.partial'),
  },
  {
    name: 'a leader that is down for a while',
    before: 'ensureSlot/follower1#2',
    strike: (operator) => operator.on('leader', 'systemctl stop postgresql@15-main'),
    told: { code: 'POSTGRES_UNAVAILABLE', message: /^leader: /, byItself: true },
    remedy: (operator) => operator.on('leader', 'systemctl start postgresql@15-main'),
  },
  {
    name: 'a leader that was failed over between plan and run',
    before: 'ensureSlot/follower1#1',
    strike: async (operator) => {
      await operator.on(
        'leader',
        `systemctl stop postgresql@15-main
         setpriv --reuid=postgres --regid=postgres --init-groups touch /var/lib/postgresql/15/main/standby.signal
         systemctl start postgresql@15-main`,
      );
      await onLeader(operator, 'select pg_promote()');
    },
    told: { code: 'LEADER_CHANGED', message: /^leader: / },
    asksAgain: ['wipe-follower/follower1'],
  },
  {
    name: 'a configuration file that somebody edits between card and restart',
    before: 'ensureLeaderHbaRule/follower1#1',
    strike: (operator) =>
      operator.on('leader', `echo "max_connections = 77" >${CONF}/conf.d/99-somebody.conf`),
    told: { code: 'RESTART_NOT_SAFE', message: /^leader: / },
    remedy: (operator) => operator.on('leader', `rm ${CONF}/conf.d/99-somebody.conf`),
    asksAgain: ['change-leader'],
  },
  {
    name: 'synchronous_standby_names that name a standby that is not there: nothing of ours hangs',
    before: 'verifyStreaming/follower1#1',
    strike: async (operator) => {
      await onLeader(operator, "alter system set synchronous_standby_names = 'ghost'");
      await onLeader(operator, 'select pg_reload_conf()');
    },
    remedy: async (operator) => {
      await operator.until('the end of the run', ({ outcome }) => outcome !== undefined);
      await onLeader(operator, 'alter system reset synchronous_standby_names');
      await onLeader(operator, 'select pg_reload_conf()');
    },
  },
];

/** Faults of the follower's server and host. */
const OF_FOLLOWER: Fault[] = [
  {
    name: 'a follower that is rebooted',
    before: 'configureFollower/follower1#1',
    strike: ({ home }) => labCommand(home, ['shutdown', 'follower1']),
    told: { code: 'HOST_UNREACHABLE', message: /^follower1: /, byItself: true },
    remedy: ({ home }) => labCommand(home, ['boot', 'follower1']),
  },
  {
    name: 'a broken conf.d',
    before: 'startFollower/follower1#1',
    strike: (operator) =>
      operator.on('follower1', `echo "shared_buffers = no" >${CONF}/conf.d/99-broken.conf`),
    told: { code: 'FOLLOWER_START_FAILED', message: /^follower1: / },
    remedy: (operator) => operator.on('follower1', `rm ${CONF}/conf.d/99-broken.conf`),
  },
  {
    name: 'a port that is taken',
    before: 'startFollower/follower1#1',
    strike: (operator) =>
      operator.on(
        'follower1',
        `systemd-run --quiet --unit=squatter perl -MIO::Socket::IP -e '@held = map { IO::Socket::IP->new(LocalHost => $_, LocalPort => 5432, Listen => 1) } qw(127.0.0.1 ::1); sleep'
         until ss -Hltn sport = :5432 | grep -q .; do sleep 0.05; done`,
      ),
    told: { code: 'FOLLOWER_START_FAILED', message: /^follower1: / },
    remedy: (operator) => operator.on('follower1', 'systemctl stop squatter'),
  },
  {
    name: 'a systemctl that lies',
    before: 'startFollower/follower1#1',
    strike: (operator) =>
      operator.on(
        'follower1',
        `printf '#!/bin/sh\\ncase "$*" in *start*postgresql*) exit 0 ;; esac\\nexec /usr/bin/systemctl "$@"\\n' >/usr/local/sbin/systemctl && chmod 755 /usr/local/sbin/systemctl`,
      ),
    told: { code: 'FOLLOWER_START_FAILED', message: /^follower1: / },
    remedy: (operator) => operator.on('follower1', 'rm /usr/local/sbin/systemctl'),
  },
  {
    name: "a start that takes longer than systemd's patience",
    before: 'startFollower/follower1#1',
    strike: (operator) =>
      operator.on(
        'follower1',
        `mkdir ${DROP_IN} && printf '[Service]\\nTimeoutStartSec=2\\nExecStartPre=/bin/sleep 60\\n' >${DROP_IN}/slow.conf && systemctl daemon-reload`,
      ),
    told: { code: 'FOLLOWER_START_FAILED', message: /^follower1: / },
    remedy: (operator) => operator.on('follower1', `rm -r ${DROP_IN} && systemctl daemon-reload`),
  },
  {
    name: 'replay that is paused by hand',
    before: 'verifyStreaming/follower1#1',
    strike: ({ home }) => psql(home, 'follower1', 'select pg_wal_replay_pause()'),
    told: { code: 'NOT_REPLAYING', message: /^follower1: / },
    remedy: ({ home }) => psql(home, 'follower1', 'select pg_wal_replay_resume()'),
  },
];

export const FAULTS: readonly Fault[] = [...OF_ACCESS, ...OF_LEADER, ...OF_FOLLOWER];

/** Three steps of three hosts' sides: what `npm test` has time for. */
export const FEW_FAULTS: readonly Fault[] = FAULTS.filter(({ name }) =>
  ['a wrong password', 'slots that are used up in the middle of a run', 'a port that is taken'].includes(
    name,
  ),
);
