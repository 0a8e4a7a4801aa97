import { ask, type CodeDefinition } from './code-definition.js';

/** Codes of the findings: what speaks against a run before anything was changed. */
export const SURVEY_CODES = {
  NO_CLUSTER: ask(
    "The host has no PostgreSQL cluster. The runbook takes over a cluster's place, port and unit; it does not install PostgreSQL.",
    'Install PostgreSQL, or create a cluster of the version the leader has with `pg_createcluster VERSION main`, and start it.',
  ),
  CLUSTER_AMBIGUOUS: ask(
    'The host has several PostgreSQL clusters and the configuration names none.',
    'Pin one: `postgres: { version: "15", cluster: main }` under the host.',
  ),
  CLUSTER_NOT_FOUND: ask(
    'The cluster the configuration pins does not exist on the host.',
    'Correct `postgres:` under the host; `pg_lsclusters` lists what is there.',
  ),
  UNSUPPORTED_LAYOUT: ask(
    "The host is not laid out as this version understands: Debian's postgresql-common under systemd.",
    'Other layouts come in a later version.',
  ),
  UNSUPPORTED_VERSION: ask('PostgreSQL 13 to 18 are supported.', 'Upgrade PostgreSQL first.'),
  VERSION_MISMATCH: ask(
    'Leader and follower run different major versions. Streaming replication needs the same one.',
    "Install the leader's major version on the follower and create a cluster with it.",
  ),
  LEADER_DOWN: ask('PostgreSQL does not run on the leader.', 'Start it, and find out why it was down.'),
  LEADER_IN_RECOVERY: ask(
    'The host called leader is itself a follower. A role, a slot or a setting cannot be made there.',
    'Name the real leader in the configuration.',
  ),
  LEADER_CHANGED: ask(
    'The leader is not the one that was surveyed: other machine, other system identifier, other timeline, or in recovery.',
    'Find out whether there was a failover. `runbook resume` surveys again.',
  ),
  FOLLOWER_IS_LEADER: ask(
    'The follower and the leader are the same machine, or the follower runs the very server that is the leader.',
    'Correct the addresses in the configuration.',
  ),
  FOLLOWER_UNREADABLE: ask(
    "The follower's data directory exists, but what is in it cannot be told: its server is stopped, or its control file cannot be read.",
    'Start its server so that the runbook can see what would be lost, or move the directory aside.',
  ),
  FOLLOWER_DOWN: ask(
    'The follower belongs to this leader, but its server is stopped.',
    'Start it; if it then streams, there is nothing to do.',
  ),
  FOLLOWER_REPAIRABLE: ask(
    'The follower belongs to this leader but does not follow as it should. A copy is probably not needed.',
    'The detail says what is wrong (connection, slot, settings). Repair that by hand.',
  ),
  FOLLOWER_OF_OTHER_LEADER: ask(
    'The follower is a standby of some other leader.',
    'Make sure it is the right machine. This version does not replace it.',
  ),
  FOLLOWER_SUBSCRIBES: ask(
    'The follower has logical subscriptions. Replacing it would leave their slots behind on the publishers, which then keep WAL for ever.',
    'Drop the subscriptions first.',
  ),
  FOLLOWER_DIVERGED: ask(
    "The follower has the leader's system identifier but was written to by itself: an old leader after a failover, or a promoted copy. Rows that exist only there would be lost.",
    'Save what is needed. This version does not replace it.',
  ),
  FOLLOWER_LEADER_LIKE: ask(
    'The follower has standbys or slots of its own: others depend on it.',
    'Make sure it is the right machine. This version does not replace it.',
  ),
  FOLLOWER_HAS_DATA: ask(
    'The follower has databases, tables or roles of its own that the copy would replace.',
    'Make sure it is the right machine and its data is not needed. This version does not replace it.',
  ),
  FOLLOWER_IN_USE: ask('Clients are connected to the follower.', 'Disconnect them first.'),
  NO_ROOM_SIDE_BY_SIDE: ask(
    "The follower's file system cannot hold the copy beside the old data directory.",
    'Make room. This version copies only side by side.',
  ),
  TABLESPACES: ask(
    'The leader, or the follower, has tablespaces.',
    'This version does not copy clusters with tablespaces.',
  ),
  PG_WAL_LINKED: ask('pg_wal is a link to another place.', 'This version does not handle a linked pg_wal.'),
  DATA_DIRECTORY_LINKED: ask(
    "The follower's data directory is a link.",
    'This version does not replace a linked data directory.',
  ),
  DATA_DIRECTORY_MOUNTED: ask(
    "The follower's data directory is a mount point, so it cannot be moved aside.",
    'This version needs a data directory below the mount point.',
  ),
  MOUNT_BELOW: ask(
    "A file system is mounted below the follower's data directory; it would move with it and come back over the new one at the next boot.",
    'This version does not handle mounts below the data directory.',
  ),
  INODES_SHORT: ask(
    'The follower\'s file system has too few free inodes for as many files as the leader has. The copy would end with "No space left on device" although bytes are free.',
    'Make room: many small files can go, or the data directory to another file system.',
  ),
  ARCHITECTURE_DIFFERS: ask(
    'Leader and follower have processors of different kinds. PostgreSQL cannot read the files of the other kind, or orders text differently.',
    'Use a follower with the same architecture.',
  ),
  FOLLOWER_TWICE: ask(
    'Two followers of the configuration are the same cluster on the same machine. Each would replace the other.',
    'Correct `host:` of one of them, or pin different clusters with `postgres:`.',
  ),
  CLUSTER_MANAGED: ask(
    'A cluster manager (Patroni, repmgr, pg_auto_failover, Stolon, Pacemaker) is enabled or runs on the host. It starts, stops and promotes servers, rewrites their configuration and drops slots it does not know: it would undo what a run does.',
    'Let the cluster manager make the follower; or, if it is not in charge of this cluster, stop and disable its unit there.',
  ),
  CLUSTER_MANAGER_CONFIGURED: ask(
    'There is the configuration of a cluster manager on the host, but none is enabled or runs. If somebody starts it, it takes the cluster over.',
    'Make sure that it is a leftover; remove it if so.',
  ),
  ADDRESS_MOVES: ask(
    'A service on the host moves an address from machine to machine. A follower that connects to such an address follows whoever has it, perhaps itself.',
    "Make sure that `leader.address` and the followers' addresses are the hosts' own.",
  ),
  AUTOSTART_OFF: ask(
    "The cluster's start.conf is not `auto`. With `disabled` postgresql-common refuses to start it, so what a run stops would stay down; with `manual` a follower stays down after a reboot, and its slot keeps the leader's WAL.",
    'Set start.conf to `auto` there, then `systemctl daemon-reload`.',
  ),
  CLOCK_OFF: ask(
    "The host's clock is more than 2 s away from the worker's. Times in logs and on cards do not agree then, certificates may seem invalid, and a delay in time between leader and follower means nothing.",
    'Set the clock there (chrony or systemd-timesyncd), or the one of the machine the worker runs on.',
  ),
  CONFIG_MANAGED: ask(
    'Configuration management is at work on the host. If it manages files of PostgreSQL, it takes back what a run changes there.',
    "Put the same changes into it: pg_hba.conf, the settings, the follower's configuration; or keep it off these files.",
  ),
  UPGRADE_PENDING: ask(
    'Unattended upgrades are enabled on the host and a newer package of PostgreSQL is known. The upgrade stops every cluster of that version and starts it again, at a time of its own; a copy that is under way then begins anew.',
    'Upgrade first, or hold the package until the run is over (`apt-mark hold`).',
  ),
  OTHER_CLUSTERS: ask(
    'The host has other PostgreSQL clusters. The run leaves them alone, but they share disk, memory and network with it.',
    'Nothing, if the pinned cluster is the right one.',
  ),
  RECOVERY_LEFTOVERS: ask(
    "The follower's own postgresql.conf, or a file it includes, has settings of an earlier recovery with which the new server would not follow the leader: a recovery target, a promote trigger, a restore command, or `hot_standby = off`.",
    'Remove the lines that the detail names.',
  ),
  RECOVERY_SETTINGS_STAY: ask(
    "The follower's own postgresql.conf, or a file it includes, changes how it replays: a delay, a timeline of its own, a command that removes archived WAL. The new server has them too.",
    'Remove the lines that the detail names, unless they are meant.',
  ),
  SLOT_UNBOUNDED: ask(
    "`max_slot_wal_keep_size` is unlimited on the leader: a follower that stays away would fill the leader's disk.",
    'Set `replication.slotWalLimit` (the runbook then sets the bound), or accept it with `replication.acceptUnboundedSlot: true`.',
  ),
  SLOT_LIMIT_INVALIDATES: ask(
    'Setting the bound would invalidate a slot that already retains more WAL.',
    'Choose a larger `replication.slotWalLimit`, or let that slot catch up.',
  ),
  SLOT_CONFLICT: ask(
    'A replication slot of the name exists and is not ours, or somebody else uses it.',
    'Look at pg_replication_slots on the leader.',
  ),
  SLOT_LOST: ask(
    'The slot has lost WAL that the copy needs, because it retained more than `max_slot_wal_keep_size`.',
    'Cancel and start again, with a larger bound or when the leader writes less.',
  ),
  TLS_NOT_AVAILABLE: ask(
    'The leader has `ssl = off`, so the copy would travel in clear text.',
    'Turn ssl on, or accept clear text with `replication.tls: off`.',
  ),
  HBA_FILE_ERRORS: ask(
    "The leader's pg_hba.conf has errors. With them a reload is ignored and a restart would leave the leader down.",
    'Correct the lines that the detail names.',
  ),
  CONF_FILE_ERRORS: ask(
    "The leader's configuration files have errors. A restart would leave it down.",
    'Correct the lines that the detail names.',
  ),
  FILE_NOT_TEXT: ask(
    'A configuration file that has to be edited is not UTF-8 text. Writing it back would change bytes nobody asked to change.',
    'Convert the file to UTF-8 (a comment in another encoding is the usual reason), then `runbook resume`.',
  ),
  WAL_SENDERS_EXHAUSTED: ask(
    'The leader has no free WAL sender; the copy and the follower need two.',
    'Free some, or raise `max_wal_senders` in your own change window.',
  ),
  SLOTS_EXHAUSTED: ask(
    'The leader has no free replication slot.',
    'Drop one that is not used, or raise `max_replication_slots`.',
  ),
  HOST_CLAIMED: ask(
    'Another run is at work on this data directory; its record is on the host.',
    'The detail names the run. Let it end, or cancel it where it was started.',
  ),
  ROLE_PASSWORD_DIFFERS: ask(
    "The replication role exists, and its password is not the one in the follower's password file. An existing role's password is never changed: other followers may use it.",
    'Give the right password with `replication.password`, or name another role.',
  ),
  ROLE_UNFIT: ask(
    'The role exists but cannot log in for replication (no LOGIN, no REPLICATION, or expired).',
    'Correct the role, or name another one.',
  ),
} as const satisfies Record<string, CodeDefinition>;
