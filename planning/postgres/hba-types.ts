export const HBA_TYPES = ['local', 'host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc'] as const;
export type HbaType = (typeof HBA_TYPES)[number];

/** One name of a list. Quoted, the keywords (`all`, `replication`), `+` and `@` lose their meaning. */
export interface HbaToken {
  text: string;
  quoted: boolean;
}

export type HbaAddress =
  | { kind: 'all' }
  | { kind: 'network'; family: 4 | 6; value: bigint; mask: bigint }
  /** The server's own addresses, or its own networks. */
  | { kind: 'samehost' | 'samenet' }
  /** A host name: only the server can tell what it covers. */
  | { kind: 'unknown'; text: string };

export interface HbaRule {
  type: HbaType;
  databases: HbaToken[];
  roles: HbaToken[];
  /** Absent for `local`. */
  address?: HbaAddress;
  method: string;
  options: string[];
}

/** What a pg_hba.conf refers to: `@name` anywhere, and from 16 on include directives. */
export interface HbaFiles {
  /** The configured path of the main file: names are relative to its directory, even where it is a link. */
  path: string;
  /**
   * Content by absolute path. The key of a directory ends in `/`; its content are the names of the
   * files in it that the server would include, one a line, in its order. What has no key does not exist.
   */
  includes: Record<string, string>;
}

/** One line as the server counts them: with continuations, it may span several lines of the file. */
export interface HbaLineOfFile {
  /** Number of its first line, from 1, as in `pg_hba_file_rules.line_number`. */
  line: number;
  /** Its bytes with the line break; all of them joined give the file back. */
  text: string;
  kind: 'blank' | 'rule' | 'include' | 'error';
  rule?: HbaRule;
  /** Path of the included file it stands in; absent in the main file. */
  file?: string;
  /** The lines that an include stands for; absent where its files were not read. */
  included?: HbaLineOfFile[];
  /** Text behind `#`, trimmed; what a line of ours is known by. */
  comment?: string;
}

/** A connection for physical replication, as the server would see it. */
export interface HbaConnection {
  ssl: boolean;
  database: 'replication';
  role: string;
  /** The client's IP address. */
  address: string;
  /** The server's own addresses, `10.0.0.1/24`; without them samehost and samenet cannot be decided. */
  interfaces?: string[];
}

/** A line of ours. */
export interface HbaLine {
  /** `host` lets both through, with TLS and without. */
  type: 'hostssl' | 'host';
  role: string;
  /** One IP address; it gets /32 or /128. */
  address: string;
  method: 'scram-sha-256';
  /** Who the line is for: the follower's (or leader's) name. One line a key. */
  key: string;
}
