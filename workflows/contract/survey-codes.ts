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
    "The host is not laid out as this version understands: Debian's postgresql-common, or under systemd a unit `postgresql*.service` with PGDATA in its environment.",
    'Other layouts come in a later version.',
  ),
  PROCESSES_HIDDEN: ask(
    'Root of the host may not see in which directories processes work, as in a container without SYS_PTRACE. A server that runs would be taken for a stopped one.',
    'Give the container the capability SYS_PTRACE, then `runbook resume`.',
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
    'Start its server so that the runbook can see what would be lost; or approve with the identifier on the card, if nobody needs it.',
  ),
  FOLLOWER_DOWN: ask(
    'The follower belongs to this leader, but its server is stopped. Nothing is copied: it is started, and then has to prove that it streams.',
    'Find out why it was stopped, then approve its gate `repair-follower`.',
  ),
  FOLLOWER_REPAIRABLE: ask(
    'The follower belongs to this leader but does not follow as it should: connection, slot or limits. Its data is good, so that is repaired and nothing is copied. Where nothing can be repaired the run waits.',
    'Read in the detail what is wrong; approve its gate `repair-follower`.',
  ),
  REPLAY_PAUSED: ask(
    'Somebody paused the replay of the follower. The runbook never resumes it: they may be looking at an older state, or saving rows from it.',
    'When nobody needs the pause any more, run `SELECT pg_wal_replay_resume()` on the follower.',
  ),
  STANDBY_SIGNAL_MISSING: ask(
    'The follower runs in recovery, but the file standby.signal is gone from its data directory. A server reads it at its start: the next one, after a reboot or an upgrade, would make a second leader of it that takes writes.',
    'Make the file again: empty, in the data directory, of the owner of the cluster. The hint of the finding has the command. Then `runbook resume`.',
  ),
  FOLLOWER_OF_OTHER_LEADER: ask(
    'The follower is a standby of some other leader. It stops being one, and its slot stays behind there.',
    'Make sure it is the right machine. Its gate needs its system identifier typed as well.',
  ),
  FOLLOWER_SUBSCRIBES: ask(
    'The follower has logical subscriptions. Replacing it would leave their slots behind on the publishers, which then keep WAL for ever.',
    'Drop the subscriptions first; or approve with the system identifier on the card, and drop the slots on the publishers.',
  ),
  FOLLOWER_DIVERGED: ask(
    "The follower has the leader's system identifier but was written to by itself: an old leader after a failover, or a promoted copy. Rows that exist only there would be lost.",
    'Save what is needed: the card says from which position on rows exist only there. Its gate needs the system identifier typed as well.',
  ),
  FOLLOWER_LEADER_LIKE: ask(
    'The follower has standbys or slots of its own: others depend on it.',
    'Make sure it is the right machine. This version does not replace it.',
  ),
  FOLLOWER_HAS_DATA: ask(
    'The follower has databases, tables or roles of its own that the copy would replace.',
    'Make sure it is the right machine and its data is not needed. Its gate needs its system identifier typed as well.',
  ),
  FOLLOWER_IN_USE: ask(
    'The follower is in use beyond what its card says: clients are connected, others replicate from it, it has written WAL since, or commits elsewhere wait for it.',
    'Disconnect them, then `runbook resume`.',
  ),
  NO_ROOM_SIDE_BY_SIDE: ask(
    "The follower's file system cannot hold the copy beside the old data directory.",
    'Make room. With `copy.mode: auto` it is copied in place instead, where that would do: the old data is deleted first.',
  ),
  NO_ROOM_IN_PLACE: ask(
    "The follower's file system cannot hold the copy, even with the old data gone.",
    'Make room there, or give the data directory a larger file system.',
  ),
  COPY_IN_PLACE: ask(
    'The follower is copied in place: its server is stopped and its data deleted before the copy. Nothing brings it back, and until the copy is complete the follower has no server.',
    'Save what is needed before you approve. To have none of this, make room beside the data directory and set `copy.mode: side-by-side`.',
  ),
  LOST_AND_FOUND: ask(
    "The follower's data directory is the root of a file system and holds lost+found. pg_basebackup copies into an empty directory only, and lost+found is the file system's.",
    'Move the data directory into a subdirectory of the mount; or, where the file system does without it, remove the empty lost+found.',
  ),
  TABLESPACES: ask(
    'The leader has tablespaces. On a follower each lies at the same path; what the old cluster has there is moved aside with its data directory.',
    'Nothing. Read on the card where each of them lies.',
  ),
  TABLESPACE_UNUSABLE: ask(
    'A tablespace of the leader cannot be copied: it was made in place, for tests, or lies inside of the data directory.',
    'Move its tables and indexes to another tablespace and drop it.',
  ),
  TABLESPACE_ADDED: ask(
    "The leader has made a tablespace since the copy began. The copy has no directory for it, and its server would stop when it comes to that place in the leader's WAL.",
    'Abort, then start again: a new copy is made with all of them.',
  ),
  PG_WAL_LINKED: ask(
    "The follower's pg_wal is a link. The copy's WAL lies at the same place in the end; the old one is moved aside.",
    'Nothing.',
  ),
  LINKED_PARENT_MISSING: ask(
    'A tablespace would lie on the follower at a path whose parent directory is not there, or cannot be entered by the owner of the cluster.',
    'Make the parent directory, or mount the file system that holds it.',
  ),
  LINKED_PATH_TAKEN: ask(
    'Where a tablespace or pg_wal of the copy is to lie there is something that does not belong to the old cluster alone. It is not touched.',
    'Look at it. If nobody needs it, move it elsewhere.',
  ),
  LINKED_PATH_SHARED: ask(
    'Another PostgreSQL cluster of the host keeps files in a directory that would be moved aside.',
    "Move that cluster's tablespace elsewhere, or use another follower.",
  ),
  LINKED_PATH_MOUNTED: ask(
    "A tablespace's or pg_wal's directory is itself a mount point. It cannot be renamed, so nothing can be put in its place beside the old data.",
    'Set `copy.mode: in-place`: it is emptied there, and nothing of it is kept. Or move it to a directory below the mount point.',
  ),
  LINKED_PATH_UNUSABLE: ask(
    'Directories of a cluster lie within one another, or there are too many of them outside of the data directory, so they cannot be moved aside as one.',
    'Move them apart, or drop tablespaces that nobody needs.',
  ),
  DATA_DIRECTORY_LINKED: ask(
    "The follower's data directory is a link. What it leads to is replaced, and the link stays as it is.",
    'Nothing.',
  ),
  DATA_DIRECTORY_MOUNTED: ask(
    "The follower's data directory is a mount point, so it cannot be moved aside.",
    'With `copy.mode: auto` it is copied in place; or move the data directory below the mount point.',
  ),
  MOUNT_BELOW: ask(
    "A file system is mounted below the follower's data directory; it would move with it and come back over the new one at the next boot. In place pg_basebackup would find it in its way.",
    'Mount it elsewhere and put a link to it in its place; mounts below the data directory are not handled.',
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
  CONFIGURATION_INSIDE: ask(
    "The follower's configuration lies in its data directory (PGDG's layout). A copy in place would delete it with the data, so only a copy side by side is made, which carries it over.",
    'Make room for a copy beside the data directory.',
  ),
  FORMER_SLOT_STAYS: ask(
    'A slot of an earlier copy of this follower is on the leader. The new copy has a slot of its own, and the old one would hold WAL back without an end.',
    'Drop it once the follower replicates: the hint has the statement.',
  ),
  SLOT_LOST: ask(
    'The slot has lost WAL that the copy needs, because it retained more than `max_slot_wal_keep_size`, or somebody dropped it. A copy under way is stopped at once and removed, since it could not follow the leader.',
    'Copy again, with a larger bound or when the leader writes less.',
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
  LEADER_ROOM_TIGHT: ask(
    "The leader's disk is smaller than the WAL that replication slots may retain. When it is full, the leader stops.",
    'Make room, or choose a smaller bound (`max_slot_wal_keep_size`, `replication.slotWalLimit`).',
  ),
  SLOT_BOUND_TIGHT: ask(
    'At its average rate the leader writes more WAL during the copy than a slot may retain. The copy would lose its slot and be in vain.',
    'Choose a larger bound (`max_slot_wal_keep_size`, `replication.slotWalLimit`), raise `copy.maxRate`, or copy when less is written.',
  ),
  SLOTS_HOLD_WAL: ask(
    'Slots that nobody reads hold WAL back on the leader, or have lost theirs already and only take up a place.',
    'Find out whose they are; drop what is not used any more with `pg_drop_replication_slot`.',
  ),
  SLOT_IDLE_TIMEOUT: ask(
    '`idle_replication_slot_timeout` is set on the leader: the slot of a follower that stays away longer is invalidated, and the follower needs a new copy.',
    'Choose it longer than any outage of a follower that you would wait for.',
  ),
  SYNC_STANDBY_NAMES: ask(
    '`synchronous_standby_names` is set on the leader, and commits wait for the standbys it names: a new follower would be one of them, or there are too few at the moment. Where `*` could make the copy itself the one that commits wait for, nothing begins: it confirms seldom, and commits would hang meanwhile. The statements of the runbook do not wait.',
    'Name the synchronous standbys one by one, and not the new follower if it is not to be one.',
  ),
  SYNCHRONIZED_STANDBY_SLOTS: ask(
    '`synchronized_standby_slots` is set on the leader: logical replication waits for the slots it names. The slots of new followers are not among them.',
    'Add the new slot after the run, if logical subscribers must never be ahead of the follower.',
  ),
  ARCHIVER_FAILING: ask(
    'WAL is not archived on the leader although archiving is on. It stays in pg_wal until it is, and fills the disk.',
    'Look at pg_stat_archiver and the log of the leader, and correct `archive_command`.',
  ),
  ALTER_SYSTEM_FORBIDDEN: ask(
    'The leader forbids `ALTER SYSTEM` (`allow_alter_system = off`), and its configuration includes no directory for a file of ours.',
    'Set the settings that the plan names yourself, or add `include_dir` to postgresql.conf.',
  ),
  RELOAD_BRINGS_EDITS: ask(
    'Files of the configuration were edited on the leader after it read them last. The reload of the runbook brings these changes into effect too.',
    'Look at what was changed. Reload yourself first, or take the edits back.',
  ),
  ADDRESS_NOT_LEADERS: ask(
    '`leader.address` is not an address of the leader host: it may be that of a proxy, a floating address that now leads to some other server, or one that is translated on the way.',
    "Give an address of the host's own. Where addresses are translated the warning can stand; whether the leader is behind the address is proved before anything is copied.",
  ),
  HBA_RULE_ABOVE: ask(
    "A rule of the leader's pg_hba.conf decides about the follower's connection at the moment. The line of the runbook is placed before it.",
    'Nothing needs to be done. Look at the line where it was meant to keep followers out.',
  ),
  COLLATION_VERSION_MISMATCH: ask(
    "Databases on the leader were made with another version of the operating system's collations than it has now. Indexes on text may be wrong already, and the copy takes them over as they are.",
    'On the leader, REINDEX what depends on the collation, then `ALTER DATABASE … REFRESH COLLATION VERSION`.',
  ),
  COLLATION_DIFFERS: ask(
    'The follower has another version of the C library or of ICU than the leader. Where the two sort text differently, indexes that are right on the leader are wrong on the follower: its queries miss rows without an error.',
    'Bring both to the same release of the operating system. A follower cannot REINDEX; doing it on the leader makes indexes right for the leader only, so it helps no sooner than after a promotion.',
  ),
  LOCALE_MISSING: ask(
    'Databases of the leader use a locale that the follower does not have. It would start, and refuse every connection to them.',
    'Create the locale on the follower (Debian: /etc/locale.gen and `locale-gen`), then `runbook resume`.',
  ),
  PRELOAD_LIBRARY_MISSING: ask(
    "The leader loads libraries at its start that are not installed on the follower. WAL that they write cannot be replayed without them, and with the leader's configuration the follower would not start.",
    'Install the packages that bring them on the follower, in the version of the leader.',
  ),
  PRELOAD_LIBRARIES_DIFFER: ask(
    'The follower is not configured to load what the leader loads at its start. Its own configuration stays as it is.',
    "Add them to `shared_preload_libraries` in the follower's configuration, for the day it is promoted.",
  ),
  EXTENSION_FILES_MISSING: ask(
    'Files of extensions that the leader uses are not installed on the follower. Their functions fail there, and after a promotion for good.',
    'Install the packages that bring them on the follower, in the version of the leader.',
  ),
  MINOR_VERSION_DIFFERS: ask(
    'Leader and follower have different minor versions. It works; the follower should never be the older one.',
    'Upgrade PostgreSQL on the follower first, then on the leader.',
  ),
  HOT_STANDBY_OFF: ask(
    "The follower's own configuration has `hot_standby = off`: it would follow, but take no connection, so nothing could be proved.",
    'Set it to on there.',
  ),
  FOLLOWER_SETTINGS_LOWER: ask(
    "Settings that must be at least the leader's are lower in the follower's own configuration.",
    'Nothing needs to be done: the copy is configured with the values of the leader. Correct its own configuration when there is time.',
  ),
  FOLLOWER_SYNCHRONOUS: ask(
    'The leader waits for this follower at every commit: it is a synchronous standby. While it is replaced, commits would hang.',
    'Take it out of `synchronous_standby_names` on the leader first.',
  ),
  PREPARED_TRANSACTIONS: ask(
    'Transactions are prepared for two-phase commit on the leader. The follower holds their locks as well, and forgotten ones keep VACUUM from its work.',
    'Look at pg_prepared_xacts on the leader; finish the ones nobody waits for.',
  ),
  HOST_CLAIMED: ask(
    'Another run is at work on this data directory; its record is on the host.',
    'The detail names the run. Let it end, or cancel it where it was started. If it is gone for good, with its Temporal server: `runbook resume --take-over`. What it made goes on from there, a copy too, and a worker of it that lives after all can do nothing any more.',
  ),
  ROLE_PASSWORD_DIFFERS: ask(
    "The replication role exists, and its password is not the one in the follower's password file. An existing role's password is never changed: other followers may use it.",
    'Give the right password with `replication.password`, or name another role.',
  ),
  ROLE_UNFIT: ask(
    'The role exists but cannot log in for replication (no LOGIN, no REPLICATION, or expired).',
    'Correct the role, or name another one.',
  ),
  WINDOWS_NEVER_MEET: ask(
    'A copy in place begins right after the old data is deleted, so it needs a moment at which both `copy.beginWindow` and `approval.swapWindow` are open. There is none.',
    'Let the two windows overlap, or leave one of them out.',
  ),
  WINDOW_AFTER_APPROVAL: ask(
    'An approval given now is no longer valid (`approval.validFor`) when the window opens that the copy or the swap waits for. The run then asks once more.',
    'Approve later, or raise `approval.validFor`.',
  ),
  WINDOW_ZONE_UNKNOWN: ask(
    'The machine the worker runs on does not know the time zone of a window, so it could not tell when that is open.',
    'Use another name for the zone, or a newer Node.js on the worker.',
  ),
} as const satisfies Record<string, CodeDefinition>;
