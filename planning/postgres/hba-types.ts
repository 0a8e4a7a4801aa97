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
  /** A host name, samehost, samenet: only the server can tell what it covers. */
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

/** One line as the server counts them: with continuations, it may span several lines of the file. */
export interface HbaLineOfFile {
  /** Number of its first line, from 1, as in `pg_hba_file_rules.line_number`. */
  line: number;
  /** Its bytes with the line break; all of them joined give the file back. */
  text: string;
  kind: 'blank' | 'rule' | 'include' | 'error';
  rule?: HbaRule;
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
