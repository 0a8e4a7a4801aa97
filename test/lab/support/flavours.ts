import type { EditableConfig } from './operator.js';

/** A kind of host the runbook has to do with besides the plain one: Debian with systemd and one cluster. */
export interface Flavour {
  name: string;
  /** Options of `lab up` for a leader and one follower. */
  lab: readonly string[];
  data: string;
  /** Its postgresql.conf. */
  conf: string;
  /** Where the configuration lies besides. */
  configuration?: string;
  /** Its data directory is emptied and copied into. */
  inPlace?: true;
  edit?(config: EditableConfig): void;
  /** What is done with the former data in the end; in place there is none. */
  atLast?: 'undo' | 'purge';
}

const DEBIAN = {
  data: '/var/lib/postgresql/15/main',
  conf: '/etc/postgresql/15/main/postgresql.conf',
  configuration: '/etc/postgresql',
};

const both = (flavour: string): string[] =>
  ['leader', 'follower1'].flatMap((host) => ['--flavour', `${host}=${flavour}`]);

const pin = { version: '15', cluster: 'main' };

/** Who starts servers, and where their configuration lies. */
export const LAYOUTS: readonly Flavour[] = [
  { name: 'without systemd', lab: both('nosystemd'), ...DEBIAN, atLast: 'undo' },
  {
    name: "in PGDG's layout, its configuration within the data",
    lab: both('pgdg'),
    data: '/var/lib/pgsql/15/data',
    conf: '/var/lib/pgsql/15/data/postgresql.conf',
    // initdb, unlike Debian's pg_createcluster, turns ssl on for nobody
    edit: ({ replication }) => {
      replication['tls'] = 'off';
    },
    atLast: 'undo',
  },
];

/** What else is on the host. */
export const SURROUNDINGS: readonly Flavour[] = [
  {
    name: 'with a data directory on a volume of its own',
    lab: ['--volume', `follower1=${DEBIAN.data}:4GB`],
    ...DEBIAN,
    inPlace: true,
  },
  {
    name: 'with another cluster beside it',
    lab: both('neighbour'),
    ...DEBIAN,
    edit: ({ leader, followers }) => {
      leader['postgres'] = pin;
      for (const follower of followers) follower['postgres'] = pin;
    },
    atLast: 'purge',
  },
];
