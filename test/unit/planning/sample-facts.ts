import type {
  ClusterFacts,
  FileFacts,
  HostFacts,
  LinkFacts,
  PlaceFacts,
  ServerFacts,
  TablespaceFacts,
} from '../../../planning/facts.js';
import type { RunConfig } from '../../../workflows/contract/config.js';
import type { Operation } from '../../../workflows/contract/target.js';
import { parseControlData } from '../../../planning/postgres/control-data.js';

export const MB = 1024 ** 2;
export const GB = 1024 ** 3;

export const LEADER_SYSTEM = '7000000000000000001';
export const OTHER_SYSTEM = '7000000000000000002';

export const operation = (id = 'a1b2c3d4'): Operation => ({ id, epoch: 1, adopted: false });

export function sampleConfig(change: Partial<RunConfig['replication'] & RunConfig['copy']> = {}): RunConfig {
  const {
    concurrency = 1,
    checkpoint = 'fast',
    mode = 'auto',
    maxRateBytesPerSecond,
    compress,
    beginWindow,
    ...replication
  } = change;
  return {
    cluster: 'orders',
    leader: { name: 'leader', host: 'leader.internal', sshPort: 22, address: '10.0.0.1' },
    followers: [
      { name: 'follower1', host: 'follower1.internal', sshPort: 22 },
      { name: 'follower2', host: 'follower2.internal', sshPort: 22, address: '10.0.0.3' },
    ],
    ssh: { user: 'ops', identityFile: '/keys/id', knownHosts: '/keys/known_hosts' },
    replication: {
      role: 'replication',
      password: { kind: 'generate' },
      acceptUnboundedSlot: false,
      prepareSwitchover: true,
      tls: 'require',
      ...replication,
    },
    copy: {
      concurrency,
      checkpoint,
      mode,
      ...(maxRateBytesPerSecond === undefined ? {} : { maxRateBytesPerSecond }),
      ...(compress === undefined ? {} : { compress }),
      ...(beginWindow === undefined ? {} : { beginWindow }),
    },
    approval: {
      approvers: [],
      fourEyes: false,
      expireAfterMs: 1,
      validForMs: 1,
      swap: 'with-plan',
      driftWalBytes: 64 * MB,
    },
  };
}

const RELOADED = ['max_slot_wal_keep_size', 'ssl'];

/** `pg_settings` of the leader with these values. */
export const settings = (values: Record<string, string>): ServerFacts['settings'] =>
  Object.fromEntries(
    Object.entries(values).map(([name, setting]) => [
      name,
      { setting, context: RELOADED.includes(name) ? 'sighup' : 'postmaster', pendingRestart: false },
    ]),
  );

/** A leader with all that replication needs. */
export function sampleServer(change: Partial<ServerFacts> = {}): ServerFacts {
  return {
    inRecovery: false,
    systemIdentifier: LEADER_SYSTEM,
    timeline: 1,
    serverVersion: '15.18',
    majorVersion: 15,
    postmasterStartTime: '2026-11-20T08:00:00.123456Z',
    pendingRestart: [],
    alterSystem: [],
    fileErrors: [],
    hbaErrors: [],
    slots: [],
    walSenders: 0,
    standbys: [],
    databases: ['orders', 'postgres'],
    databaseSizes: { orders: 10 * GB, postgres: 8 * MB },
    databaseBytes: 10 * GB,
    tablespaces: [],
    userTables: 0,
    userRoles: [],
    subscriptions: 0,
    subscribed: [],
    clientSessions: 0,
    flushLsn: '0/5000000',
    replayLsn: null,
    receiveLsn: null,
    replayPaused: false,
    walTimeline: null,
    timelineHistory: null,
    walReceiver: null,
    databaseLocales: [],
    icuCollationVersion: '153.112',
    extensionsInUse: ['plpgsql'],
    recordWouldBeNoticed: false,
    preparedTransactions: 0,
    archiver: null,
    sessions: [],
    oldestWalLsn: '0/3000000',
    walBytesPerSecond: null,
    editedFiles: [],
    ...change,
    settings: {
      ...settings({
        wal_level: 'replica',
        max_wal_senders: '10',
        max_replication_slots: '10',
        listen_addresses: '*',
        max_slot_wal_keep_size: '20480',
        ssl: 'on',
      }),
      ...change.settings,
    },
  };
}

/** A follower's own cluster as Debian makes it: nothing in it. */
export const freshServer = (change: Partial<ServerFacts> = {}): ServerFacts =>
  sampleServer({
    systemIdentifier: OTHER_SYSTEM,
    databases: ['postgres'],
    databaseSizes: { postgres: 8 * MB },
    databaseBytes: 23 * MB,
    flushLsn: '0/1500000',
    ...change,
  });

/** A follower that streams, has replayed all, and the leader as it is then. */
export function healthyPair(): { leader: ServerFacts; follower: ServerFacts } {
  return {
    leader: sampleServer({
      walSenders: 1,
      slots: [
        {
          name: 'rb_follower1_0a0b0c',
          type: 'physical',
          active: true,
          activePid: 77,
          walStatus: 'reserved',
          retainedBytes: 0,
        },
      ],
      standbys: [
        {
          pid: 77,
          applicationName: 'follower1',
          clientAddress: '10.0.0.2',
          state: 'streaming',
          replayLsn: '0/5000000',
          replyAgeSeconds: 3,
        },
      ],
    }),
    follower: sampleServer({
      inRecovery: true,
      flushLsn: null,
      replayLsn: '0/5000000',
      receiveLsn: '0/5000000',
      walReceiver: { status: 'streaming', slot: 'rb_follower1_0a0b0c', timeline: 1 },
      settings: settings({
        primary_conninfo: 'host=10.0.0.1 user=replication_follower1 application_name=follower1',
        primary_slot_name: 'rb_follower1_0a0b0c',
      }),
    }),
  };
}

export const controlData = (systemIdentifier: string): NonNullable<FileFacts['controlData']> => {
  const data = parseControlData(`Catalog version number:               202209061
Database system identifier:           ${systemIdentifier}
Database cluster state:               shut down
Latest checkpoint location:           0/1500718
Latest checkpoint's REDO location:    0/15006E0
Latest checkpoint's TimeLineID:       1
Minimum recovery ending location:     0/0
Min recovery ending loc's timeline:   0
Backup start location:                0/0
wal_level setting:                    replica
max_connections setting:              100
max_worker_processes setting:         8
max_wal_senders setting:              10
max_prepared_xacts setting:           0
max_locks_per_xact setting:           64
Maximum data alignment:               8
Database block size:                  8192
WAL block size:                       8192
Bytes per WAL segment:                16777216
Data page checksum version:           0
`);
  if (data === undefined) throw new Error('the sample cannot be read');
  return data;
};

export interface FactsChange {
  machineId?: string;
  sourceAddress?: string | undefined;
  version?: string;
  host?: Partial<HostFacts>;
  start?: string;
  files?: Partial<FileFacts>;
  /** `undefined`: no server runs. */
  server?: ServerFacts | undefined;
}

/** A place on a file system of its own where a directory could be made. */
export const samplePlace = (path: string, change: Partial<PlaceFacts> = {}): PlaceFacts => ({
  path,
  kind: 'absent',
  isMount: false,
  mountsBelow: [],
  enterable: true,
  fileSystem: 'other-fs',
  mountPoint: '/srv',
  freeBytes: 100 * GB,
  fileSystemBytes: 200 * GB,
  owner: '',
  entries: [],
  ...change,
});

/** Where a link of the old cluster leads: its own directory. */
export const sampleLink = (link: string, path: string, change: Partial<PlaceFacts> = {}): LinkFacts => ({
  link,
  ...samplePlace(path, {
    kind: 'directory',
    owner: 'postgres',
    entries: link === 'pg_wal' ? ['000000010000000000000001', 'archive_status'] : ['PG_15_202209061'],
    ...change,
  }),
});

export const sampleTablespace = (
  name: string,
  oid: string,
  change: Partial<TablespaceFacts> = {},
): TablespaceFacts => ({ oid, name, location: `/srv/${name}`, bytes: GB, ...change });

/** Debian's layout, 100 GB free. */
export function sampleFacts(name: string, change: FactsChange = {}): ClusterFacts {
  const { version = '15', server } = change;
  const data = `/var/lib/postgresql/${version}/main`;
  const config = `/etc/postgresql/${version}/main`;
  const sourceAddress = 'sourceAddress' in change ? change.sourceAddress : '10.0.0.2';
  return {
    host: {
      name,
      machineId: change.machineId ?? name.padEnd(32, '0'),
      hostname: name,
      systemd: true,
      seesProcesses: true,
      missingTools: [],
      ...(sourceAddress === undefined ? {} : { sourceAddress }),
      architecture: 'x86_64',
      clockOffsetSeconds: 0,
      locales: ['C', 'C.utf8', 'POSIX', 'en_US.utf8'],
      glibcVersion: '2.36',
      memoryBytes: 8 * GB,
      otherClusters: [],
      clusterManagers: [],
      configManagement: [],
      ...change.host,
    },
    listing: {
      version,
      cluster: 'main',
      dataDirectory: data,
      configDirectory: config,
      hbaFile: `${config}/pg_hba.conf`,
      binDirectory: `/usr/lib/postgresql/${version}/bin`,
      unit: `postgresql@${version}-main.service`,
      socketDirectory: '/var/run/postgresql',
      port: 5432,
      osUser: 'postgres',
      start: change.start ?? 'auto',
    },
    files: {
      home: '/var/lib/postgresql',
      minorOnDisk: '15.18',
      hbaFile: `${config}/pg_hba.conf`,
      hbaText: 'local all all peer\n',
      hbaIncludes: {},
      autoConfText: '',
      includeDirectory: 'conf.d',
      exists: true,
      realPath: data,
      isLink: false,
      isMount: false,
      mountsBelow: [],
      pgVersion: version,
      entries: 24,
      standbySignal: server?.inRecovery === true,
      links: [],
      usedByOthers: [],
      running: server !== undefined,
      lastWrite: '2026-11-24T20:00:00.000Z',
      sizeBytes: 40 * MB,
      fileCount: 1_000,
      controlData: controlData(server?.systemIdentifier ?? OTHER_SYSTEM),
      fileSystem: 'root-fs',
      mountPoint: '/',
      freeBytes: 100 * GB,
      fileSystemBytes: 200 * GB,
      freeInodes: 1_000_000,
      fileSystemInodes: 2_000_000,
      libraries: ['plpgsql'],
      extensions: ['plpgsql'],
      recoverySettings: [],
      records: [],
      fileSettings: {},
      ...change.files,
    },
    ...(server === undefined ? {} : { server }),
    existingRoles: [],
  };
}
