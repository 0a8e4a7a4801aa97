import type { FailureCode } from '../../workflows/contract/codes.js';

export interface BaseBackupError {
  code: FailureCode;
  /** Begin a new copy by itself: nothing an operator could put right. */
  retry: boolean;
}

const ask = (code: FailureCode): BaseBackupError => ({ code, retry: false });
const again = (code: FailureCode): BaseBackupError => ({ code, retry: true });

// One failure often prints several lines; the cause stands higher here than its consequences.
const RULES: readonly (readonly [RegExp, BaseBackupError])[] = [
  // A line with a severity comes from the leader, so that full disk is not the follower's.
  [/^(?!.*\b(?:ERROR|FATAL|PANIC):).*No space left on device/m, ask('COPY_NO_SPACE')],
  [/No space left on device/, ask('COPY_FAILED')],
  [
    /compression is not supported by this build|this build does not support (?:\w+ )?compression/,
    ask('COMPRESSION_UNSUPPORTED'),
  ],
  [/incompatible server version/, ask('VERSION_MISMATCH')],
  [/server does not support SSL/, ask('TLS_NOT_AVAILABLE')],
  [/password authentication failed|no password supplied|authentication method/, ask('ACCESS_DENIED')],
  [/no pg_hba\.conf entry|pg_hba\.conf rejects/, ask('ACCESS_DENIED')],
  [/must be superuser or replication role|permission denied to start WAL sender/, ask('ACCESS_DENIED')],
  [/not permitted to log in|role ".*" does not exist/, ask('ACCESS_DENIED')],
  [
    /certificate verify failed|root certificate file|server certificate for|unsupported certificate/,
    ask('ACCESS_DENIED'),
  ],
  // The two sides do not agree on how to encrypt; a connection that broke says `SYSCALL`, `EOF` or `closed`.
  [
    /SSL error: (?:\S+ )*alert (?!internal error|close notify)|SSL error: (?:unsupported protocol|no protocols available|wrong version number|no shared cipher)/,
    ask('ACCESS_DENIED'),
  ],
  [/exceeds max_wal_senders/, again('WAL_SENDERS_EXHAUSTED')],
  [/all replication slots are in use/, again('SLOTS_EXHAUSTED')],
  [/remaining connection slots|too many clients|too many connections/, again('COPY_INTERRUPTED')],
  // The slot was reserved before the copy began: WAL is missing only if the slot has been given up.
  [/requested WAL segment \S+ has already been removed/, ask('SLOT_LOST')],
  [
    /replication slot ".*" (?:does not exist|has been invalidated)|slot has been invalidated/,
    ask('SLOT_LOST'),
  ],
  [
    /can no longer (?:get changes from|access) replication slot|cannot read from (?:physical )?replication slot/,
    ask('SLOT_LOST'),
  ],
  // The WAL sender of a copy that broke off may hold the slot until wal_sender_timeout.
  [/replication slot ".*" is active for PID/, again('SLOT_CONFLICT')],
  [/replication slot ".*" already exists/, ask('SLOT_CONFLICT')],
  [/exists but is not empty|Permission denied|Read-only file system|Input\/output error/, ask('COPY_FAILED')],
  [
    /Connection refused|No route to host|Host is down|[Nn]etwork is unreachable|Connection reset|Connection timed out|Broken pipe/,
    again('COPY_INTERRUPTED'),
  ],
  [
    /timeout expired|could not translate host name|could not receive data|could not send data/,
    again('COPY_INTERRUPTED'),
  ],
  [
    /closed the connection unexpectedly|COPY stream ended|SSL SYSCALL|SSL error|SSL connection has been closed/,
    again('COPY_INTERRUPTED'),
  ],
  [
    /database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)/,
    again('COPY_INTERRUPTED'),
  ],
  [/terminating (?:connection|walsender)|the database system is not accepting/, again('COPY_INTERRUPTED')],
  // A leader that is shut down in an orderly way ends the WAL stream without an error of its own. What the
  // background process had to say of its own failure stands above it, and so does its rule.
  [
    /replication stream was terminated before stop point|background process terminated unexpectedly/,
    again('COPY_INTERRUPTED'),
  ],
];

/**
 * What pg_basebackup's stderr (LC_ALL=C) means. There is no resume: a copy that is begun again starts
 * at its first byte.
 */
export function classifyBaseBackupError(stderr: string): BaseBackupError {
  return RULES.find(([pattern]) => pattern.test(stderr))?.[1] ?? ask('COPY_FAILED');
}
