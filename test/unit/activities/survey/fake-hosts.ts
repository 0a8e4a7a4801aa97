import type { Host, HostPool, SqlSession } from '../../../../activities/hosts/host.js';
import type { StepContext } from '../../../../activities/step.js';
import type { ServerFacts } from '../../../../planning/facts.js';

/** How one host of {@link fakeContext} answers. */
export interface FakeHost {
  /** What it prints for the survey's script, besides what every host prints. */
  values?: Record<string, string>;
  texts?: Record<string, string>;
  server?: ServerFacts;
  /** Positions it tells when it is asked again, one after the other. */
  positions?: { replay: string; receive: string }[];
  roles?: string[];
}

export interface Trip {
  host: string;
  kind: 'survey' | 'fingerprint' | 'sql';
}

const encode = (text: string): string => Buffer.from(text).toString('base64');

const print = (values: Record<string, string>, texts: Record<string, string> = {}): string =>
  [
    ...Object.entries(values).map(([key, value]) => `${key}=${value}`),
    ...Object.entries(texts).map(([key, text]) => `${key}:=${encode(text)}`),
  ].join('\n');

/** A line of the survey's clusters. */
export const listedCluster = ({ cluster = 'main' }: { cluster?: string } = {}): string =>
  [
    '15',
    cluster,
    '/var/lib/postgresql/15/main',
    '/etc/postgresql/15/main',
    '/etc/postgresql/15/main/pg_hba.conf',
    'postgres',
    '/usr/lib/postgresql/15/bin',
    `postgresql@15-${cluster}.service`,
    '5432',
    '/var/run/postgresql',
    'auto',
  ].join('\x1f');

const surveyAnswer = (name: string, { values, texts, server }: FakeHost): string =>
  print(
    {
      machineId: name.padEnd(32, '-'),
      hostname: name,
      systemd: 'yes',
      missing: '',
      sourceAddress: '10.0.0.2',
      home: '/var/lib/postgresql',
      exists: 'yes',
      realPath: '/var/lib/postgresql/15/main',
      pgVersion: '15',
      entries: '24',
      standbySignal: server?.inRecovery === true ? 'yes' : 'no',
      processes: server === undefined ? '' : '77',
      tree: '40000000 1000',
      room: ' 100000000000  200000000000 1000000 2000000',
      ...values,
    },
    { clusters: listedCluster(), ...texts },
  );

/** A step's context over hosts that only answer; `before` is awaited before each answer. */
export function fakeContext(
  hosts: Record<string, FakeHost>,
  before: (trip: Trip) => Promise<void> = () => Promise.resolve(),
): { context: StepContext; trips: Trip[] } {
  const trips: Trip[] = [];
  const travel = (trip: Trip): Promise<void> => {
    trips.push(trip);
    return before(trip);
  };
  const hostOf = (name: string, fake: FakeHost): Host => ({
    name,
    run: async (script) => {
      const kind = script.includes('say began') ? 'survey' : 'fingerprint';
      await travel({ host: name, kind });
      const stdout =
        kind === 'survey'
          ? surveyAnswer(name, fake)
          : print({ fingerprint: 'ab'.repeat(32) }, { lines: 'class=fresh\n' });
      return { kind: 'exited', code: 0, stdout, stderr: '' };
    },
    sql: async (_, use) => {
      await travel({ host: name, kind: 'sql' });
      return use(sessionOf(fake));
    },
  });
  const pool: HostPool = {
    use: (address, work) => work(hostOf(address.name, hosts[address.name] ?? {})),
    close: () => Promise.resolve(),
  };
  const context: StepContext = {
    hosts: pool,
    signal: new AbortController().signal,
    progress: () => undefined,
    lastProgress: undefined,
    isPatient: () => false,
    sleep: () => Promise.resolve(),
  };
  return { context, trips };
}

const sessionOf = ({ server, positions = [], roles = [] }: FakeHost): SqlSession => ({
  query: async <Row extends object>(text: string): Promise<Row[]> => {
    const rows: object[] = text.includes('pg_authid where rolname = any')
      ? roles.map((name) => ({
          name,
          canLogin: true,
          canReplicate: true,
          expired: false,
          password: 'scram',
        }))
      : text.startsWith('select pg_last_wal_replay_lsn')
        ? positions.splice(0, 1)
        : [{ facts: structuredClone(server) }];
    return rows as Row[];
  },
});
