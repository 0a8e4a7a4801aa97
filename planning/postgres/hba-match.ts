import { isInNetwork, parseAddress } from './address.js';
import type { Address } from './address.js';
import type { HbaConnection, HbaLineOfFile, HbaRule, HbaToken } from './hba-types.js';

type Answer = 'yes' | 'no' | 'maybe';

/** A connection with its address already read. */
export interface HbaClient {
  ssl: boolean;
  role: string;
  address: Address;
}

/**
 * The line that would decide about the connection. `unknown-before`: a line that cannot be decided
 * from the text alone (host name, +group, /regular expression, @file, include, samehost, samenet, an
 * error) stands before it. `undefined`: no line matches, so the server refuses.
 */
export function firstMatch(
  lines: readonly HbaLineOfFile[],
  connection: HbaConnection,
): HbaLineOfFile | 'unknown-before' | undefined {
  const address = parseAddress(connection.address);
  if (address === undefined) throw new Error(`not an IP address: ${JSON.stringify(connection.address)}`);
  const client = { ssl: connection.ssl, role: connection.role, address };
  for (const line of lines) {
    const found = matchLine(line, client);
    if (found !== 'no') return found === 'yes' ? line : 'unknown-before';
  }
  return undefined;
}

export function matchLine(line: HbaLineOfFile, client: HbaClient): Answer {
  if (line.kind === 'blank') return 'no';
  return line.rule === undefined ? 'maybe' : matchRule(line.rule, client);
}

function matchRule(rule: HbaRule, client: HbaClient): Answer {
  const parts = [
    matchType(rule, client.ssl),
    any(rule.databases.map(matchReplication)),
    any(rule.roles.map((token) => matchRole(token, client.role))),
    matchAddress(rule, client.address),
  ];
  return parts.includes('no') ? 'no' : parts.includes('maybe') ? 'maybe' : 'yes';
}

const answer = (matches: boolean): Answer => (matches ? 'yes' : 'no');

const any = (answers: Answer[]): Answer =>
  answers.includes('yes') ? 'yes' : answers.includes('maybe') ? 'maybe' : 'no';

/** GSS encryption needs a Kerberos ticket; the connections of this tool never have one. */
function matchType(rule: HbaRule, ssl: boolean): Answer {
  if (rule.type === 'local' || rule.type === 'hostgssenc') return 'no';
  if (rule.type === 'hostssl') return answer(ssl);
  return answer(rule.type !== 'hostnossl' || !ssl);
}

/** Physical replication matches the bare keyword alone: neither `all` nor a database called so. */
const matchReplication = (token: HbaToken): Answer =>
  isFile(token) ? 'maybe' : answer(!token.quoted && token.text === 'replication');

function matchRole(token: HbaToken, role: string): Answer {
  if (isFile(token)) return 'maybe';
  if (!token.quoted && (token.text === 'all' || token.text.startsWith('+')))
    return token.text === 'all' ? 'yes' : 'maybe';
  // A regular expression from 16 on, quoted or not; a plain name before.
  if (token.text.startsWith('/')) return 'maybe';
  return answer(token.text === role);
}

const isFile = (token: HbaToken): boolean =>
  !token.quoted && token.text.length > 1 && token.text.startsWith('@');

function matchAddress(rule: HbaRule, client: Address): Answer {
  if (rule.address === undefined) return 'no';
  if (rule.address.kind === 'all') return 'yes';
  if (rule.address.kind === 'unknown') return 'maybe';
  return answer(isInNetwork(client, rule.address, rule.address.mask));
}
