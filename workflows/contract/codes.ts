import type { FailureKind } from './failure.js';

export interface CodeDefinition {
  /** How a step that meets it goes on. Codes of the command line never reach a step: `ask`. */
  kind: FailureKind;
  /** What happened and why it matters: `runbook explain`, docs/errors.md. */
  meaning: string;
  /** What an operator does about it. */
  action: string;
}

const ask = (meaning: string, action: string): CodeDefinition => ({ kind: 'ask', meaning, action });
const retry = (meaning: string, action: string): CodeDefinition => ({ kind: 'retry', meaning, action });
const bug = (meaning: string, action: string): CodeDefinition => ({ kind: 'bug', meaning, action });

/** Every code a user can meet. Codes are stable: scripts test them, so none is renamed or reused. */
export const CODES = {
  // --- command line and configuration
  USAGE: ask('The command line has an unknown command, option or value.', 'See `runbook --help`.'),
  CONFIG_NOT_FOUND: ask(
    'No configuration file is where the command looked for it.',
    'Give the file with `--config FILE`, or run the command beside a runbook.yaml.',
  ),
  CONFIG_INVALID: ask(
    'The configuration has an unknown key, a missing key or a value that makes no sense. Nothing was contacted.',
    'Correct the line the message names. Unknown keys are errors on purpose: a misspelt safety setting must not be ignored.',
  ),
  PASSWORD_MISSING: ask(
    'The file or environment variable the configuration names for the replication password does not exist on the worker, or is empty.',
    "Create it where the worker runs (paths and variables in the configuration are the worker's), then `runbook resume`.",
  ),
  PASSWORD_UNUSABLE: ask(
    'The replication password has characters outside printable ASCII. Clients and servers normalise those in different ways, so a login could fail for no visible reason.',
    'Use a password of letters, digits, blanks and punctuation on one line, or `password: generate`.',
  ),
  NO_ROOT: ask(
    'The command makes namespaces, mounts and network interfaces, and needs root for it.',
    'Run it as root. Only the lab needs that; the runbook itself does not.',
  ),
  LAB_UNUSABLE: ask(
    'This machine lacks something the lab is made of.',
    'Install what the message names; the lab needs Linux, root and Debian packages.',
  ),

  // --- Temporal and runs
  TEMPORAL_UNREACHABLE: ask(
    'No Temporal server answers at the address.',
    'Start one with `runbook up`, or give its address with `--address` or TEMPORAL_ADDRESS.',
  ),
  WORKER_ABSENT: ask(
    'The Temporal server knows the run, but no worker answered within five seconds.',
    'Start a worker with `runbook up` or `runbook worker`. Runs wait; nothing is lost.',
  ),
  RUN_NOT_FOUND: ask(
    'There is no run for this cluster on this Temporal server.',
    'Check the cluster name and the server address; start a run with `runbook start`.',
  ),
  RUN_OPEN: ask(
    'Another kind of run is open for this cluster. Two runs on one cluster exclude each other.',
    'Look at it with `runbook show`, and let it end first.',
  ),
  RUN_OPEN_WITH_OTHER_CONFIG: ask(
    'A run is open for this cluster, started with another configuration. The one you gave was not used.',
    'Go on with the open run (`runbook show`), or end it with `runbook cancel` and start again.',
  ),
  RUN_CLOSED: ask(
    'The run has already ended, so there is nothing to decide, resume or cancel.',
    'See how it ended with `runbook show`; `runbook start` begins another one.',
  ),
  RUN_STUCK: bug(
    "The worker fails on the run's own code again and again. Nothing is happening on the hosts.",
    "Look at the worker's log. A worker of the version that started the run goes on with it.",
  ),
  RUN_FROM_OTHER_VERSION: ask(
    'The run was started by another version of this tool, whose steps may differ.',
    'Let a worker of that version finish it, or end it with `runbook cancel` and start again.',
  ),
  UNKNOWN_OUTCOME: ask(
    'No answer came before the deadline. What was sent may still take effect until the time the message names.',
    'Look with `runbook show`. After that time an approval that has not taken effect is refused.',
  ),
  TIMED_OUT: ask('What was waited for did not happen in the time given.', 'Look with `runbook show`.'),

  // --- gates
  NO_OPEN_GATE: ask('No gate is open: the run waits for nobody.', 'See what it does with `runbook show`.'),
  SEVERAL_GATES_OPEN: ask(
    'Several gates are open, and the command does not say which one it means.',
    'Name it with `--gate`.',
  ),
  GATE_CHANGED: ask(
    'The card that was approved is not the one that is open now: the gate was opened again with other facts.',
    'Read the new card with `runbook show` and decide on it.',
  ),
  GATE_DECIDED: ask('Somebody has already decided this gate.', 'See who and how with `runbook show`.'),
  NAME_MISMATCH: ask(
    'The name that was typed is not the name on the card. Typing it is the last check against approving the wrong host.',
    'Read the card again; type the name exactly as it stands there.',
  ),
  CONFIRMATION_MISSING: ask(
    'Without a terminal an approval must say what it approves.',
    'Give `--confirm NAME --fingerprint DIGITS`, both as on the card.',
  ),
  NOT_AN_APPROVER: ask(
    'The configuration lists who may approve, and this name is not on the list.',
    'Let one of the approvers decide.',
  ),
  FOUR_EYES: ask(
    'The configuration asks for four eyes: whoever started the run may not approve it.',
    'Let somebody else decide.',
  ),
  APPROVAL_EXPIRED: ask(
    "The approval reached the run later than it was meant for. It took no effect: a decision that lay about while no worker ran must not act behind anybody's back.",
    'Look at the card again and approve it anew. If the clocks differ, the message says by how much.',
  ),
  REASON_MISSING: ask('A rejection needs a reason; it is kept with the run.', 'Give `--reason TEXT`.'),
  DECISION_EXPIRED: ask(
    'The approval is older than `approval.validFor` allows.',
    '`runbook resume` surveys again and opens the gate anew.',
  ),

  // --- parking
  NOT_PARKED: ask('Nothing of the run is parked, so there is nothing to resume.', 'See `runbook show`.'),
  FAILURE_CHANGED: ask(
    'The answer was meant for another failure than the one the run is parked on now.',
    'Read the failure with `runbook show` and answer that one.',
  ),
  ACTION_NOT_ALLOWED: ask(
    'This step may not be skipped, or the action is not offered for this failure.',
    'Use one of the actions the message lists.',
  ),

  // --- reaching a host
  HOST_UNREACHABLE: retry(
    'The host did not answer the ssh connection.',
    'Check that the machine is up, its name resolves where the worker runs, and port 22 (or `sshPort`) is open.',
  ),
  CONNECTION_LOST: retry(
    'The ssh connection, or the database connection within it, broke while something ran. Whether that finished is unknown, so the step looks at the host again before it acts.',
    'Nothing; the step tries again by itself. If it keeps happening, look at the network.',
  ),
  KNOWN_HOSTS_MISSING: ask(
    'The known_hosts file of the configuration cannot be read by the worker. Host keys are always checked, so there is no going on without it.',
    'Create the file where the worker runs, for example by logging in once by hand.',
  ),
  HOST_KEY_UNKNOWN: ask(
    'known_hosts has no key for this host, so nobody can say that it is the right machine.',
    "Verify the host's key by another way and add it to the known_hosts file the configuration names.",
  ),
  HOST_KEY_CHANGED: ask(
    'The host showed another key than known_hosts has. It was reinstalled, or something else answers at its address.',
    'Find out which. Only after that replace its line in known_hosts.',
  ),
  HOST_KEY_REVOKED: ask(
    "known_hosts marks the host's key as revoked: somebody else may have it.",
    'Give the host a new key, verify it by another way and add it to known_hosts.',
  ),
  SSH_KEY_UNREADABLE: ask(
    'The private key of the configuration cannot be read or parsed by the worker.',
    'Check `ssh.identityFile`: an OpenSSH private key without a passphrase, readable by the worker.',
  ),
  SSH_KEY_REFUSED: ask(
    'The host refused the key for this user.',
    'Add the public key to authorized_keys of `ssh.user` on the host, or correct the configuration.',
  ),
  SUDO_REFUSED: ask(
    'The ssh user may not use sudo without a password on this host.',
    'Add a sudoers line for it; docs/security.md has one.',
  ),
  HOST_TOOLS_MISSING: ask(
    'A program the runbook needs is not installed on the host.',
    'Install what the message names.',
  ),
  COMMAND_FAILED: ask(
    'A command on the host ended with an error the runbook does not know.',
    'Read the detail: it holds what the command said. Then `runbook resume`.',
  ),
  POSTGRES_UNAVAILABLE: retry(
    'PostgreSQL on the host does not take connections on its local socket.',
    'Start it, or look into its log.',
  ),
  POSTGRES_ERROR: ask('PostgreSQL refused a statement.', 'Read the detail: it is what the server said.'),
  HOST_BUSY: retry(
    'Another script of ours holds the lock on this data directory.',
    'Nothing; it ends by itself within seconds. If not, look for a hanging script on the host.',
  ),

  // --- what the survey refuses
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

  // --- steps
  PLAN_OUTDATED: ask(
    'The host has changed since the approval: what would be replaced is not what was approved. Nothing was replaced.',
    'The run surveys again and opens its gates anew; read the new card.',
  ),
  STALE_ATTEMPT: ask(
    'Another run has taken over this operation on the host, so this one may no longer act.',
    'Nothing here: look at the other run with `runbook show`.',
  ),
  LEADER_RESTART_FAILED: ask(
    'The leader did not come back after its restart, or the restart did not bring the setting.',
    "Look at the leader's log at once.",
  ),
  RESTART_NOT_SAFE: ask(
    'The leader was not restarted: it was restarted meanwhile, or the restart would bring up changes nobody approved.',
    '`runbook resume` surveys again.',
  ),
  ACCESS_DENIED: ask(
    'The follower cannot open a replication connection to the leader.',
    'The detail is what the server or the network said.',
  ),
  WRONG_SERVER: ask(
    "The follower reached a PostgreSQL server at the leader's address, but not the leader.",
    'Check `leader.address`: a load balancer, a proxy, or another machine answers there.',
  ),
  CLIENT_ADDRESS_DIFFERS: ask(
    'The leader sees the follower under another address than the pg_hba.conf line has.',
    "Set the follower's `address:` to the one the detail names.",
  ),
  COPY_FAILED: ask(
    'pg_basebackup failed.',
    'The detail is what it said. The old server still runs. `runbook resume` copies again.',
  ),
  COPY_INTERRUPTED: retry(
    'The connection between pg_basebackup and the leader broke, or the leader took no connection. A base backup cannot be resumed where it stopped.',
    'Nothing; the copy begins again by itself. If it keeps happening, look at the network and at the leader.',
  ),
  COPY_NO_SPACE: ask(
    "The follower's disk filled up during the copy. The old server still runs.",
    'Make room, then `runbook resume`.',
  ),
  VERIFY_FAILED: ask(
    'The copy does not match its manifest: it is damaged. It was not used; the old server still runs.',
    'Suspect disk or memory. `runbook resume` copies again.',
  ),
  FOLLOWER_CONFIG_UNSAFE: ask(
    "With the follower's own configuration the new server would not follow the leader (recovery target, promote trigger, too low a setting).",
    'Correct the setting that the detail names.',
  ),
  SWAP_UNEXPECTED: ask(
    'The directories are not in a state the swap knows. Nothing was touched.',
    'The detail lists what is there; put it right by hand.',
  ),
  STOP_FAILED: ask(
    "The follower's old server did not stop.",
    'Look at what keeps it; then `runbook resume`.',
  ),
  FOLLOWER_START_FAILED: ask(
    'The follower did not come up on its new data directory.',
    'The detail is the end of its log. The old data lies aside, untouched.',
  ),
  NOT_STREAMING: ask(
    'The follower runs, but does not stream from the leader.',
    'The detail says what is missing.',
  ),
  NOT_REPLAYING: ask(
    'The follower receives WAL but did not replay the marker in time.',
    'A long query on the follower, a paused replay or a delay setting holds it back.',
  ),
  INTERNAL: bug(
    'The runbook met a situation its authors did not foresee. It stopped rather than guess.',
    'Report it with the detail. `runbook resume` tries again.',
  ),
} as const satisfies Record<string, CodeDefinition>;

export type FailureCode = keyof typeof CODES;

export const isFailureCode = (code: string): code is FailureCode => Object.hasOwn(CODES, code);
