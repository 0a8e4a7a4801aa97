/** The transient unit the rehearsal of an operation's copy runs in. */
export const rehearsalUnit = (op: string): string => `pg-runbook-rehearsal-${op}`;

/** Its socket's directory: made and removed with the unit, and nobody's but the cluster's owner. */
export const rehearsalSocketDirectory = (op: string): string => `/run/${rehearsalUnit(op)}`;

export interface RehearsalServer {
  binDirectory: string;
  configFile: string;
  incomingDirectory: string;
}

/**
 * The command line of the copy's server while it is rehearsed. The follower's own configuration is what shall
 * be tried, all of it but for what would disturb the server that still serves, or the world: no TCP, a private
 * socket, no pid file of the real one, no archiving, little shared memory, and no restart by itself. The limits
 * that must not be lower than the leader's, the libraries and primary_conninfo stay as they will be. Its log is
 * written in English, and not less of it than a fault needs: it is all that tells why a server did not come up.
 */
export const rehearsalArguments = (
  { binDirectory, configFile, incomingDirectory }: RehearsalServer,
  op: string,
): string[] => [
  `${binDirectory}/postgres`,
  '-D',
  incomingDirectory,
  ...Object.entries({
    data_directory: incomingDirectory,
    config_file: configFile,
    listen_addresses: '',
    unix_socket_directories: rehearsalSocketDirectory(op),
    external_pid_file: '',
    cluster_name: `rehearsal-${op}`,
    archive_mode: 'off',
    shared_buffers: '16MB',
    huge_pages: 'off',
    restart_after_crash: 'off',
    log_destination: 'stderr',
    logging_collector: 'off',
    lc_messages: 'C',
    log_min_messages: 'warning',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
];

/** What a rehearsal's log says of why it failed, most telling first; the words are PostgreSQL's own, in English. */
const REASONS: readonly [RegExp, string][] = [
  [/could not (?:access|load) (?:file|library) "([^"]+)"/, 'a library is missing'],
  [
    /insufficient parameter settings|is a lower setting than on the (?:primary|master) server/, // 13: master
    "a setting is lower than the leader's",
  ],
  [/password authentication failed|no password supplied/, 'the leader does not accept its password'],
  [/no pg_hba\.conf entry|rejects replication connection/, "the leader's pg_hba.conf does not let it in"],
  [/replication slot "[^"]*" does not exist/, 'its slot is not there any more'],
  [
    /requested WAL segment \S+ has already been removed|can(?:not| no longer) (?:get changes|be used|access replication slot)/,
    'the leader has removed WAL it needs',
  ],
  [/database system identifier differs/, 'it is not a copy of the server it connects to'],
  [/could not map anonymous shared memory|Cannot allocate memory/, 'there is no memory for it'],
  [/No space left on device/, 'its disk is full'],
  [/could not connect to the primary server/, 'it cannot connect to the leader'],
];

/** Why the copy's server does not start or follow, as far as its log tells. */
export const rehearsalFault = (log: string): string =>
  REASONS.find(([pattern]) => pattern.test(log))?.[1] ?? 'its log says why, or what it was doing';
