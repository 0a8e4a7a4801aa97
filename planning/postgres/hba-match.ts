import { addressBits, isInNetwork, parseAddress, prefixMask } from './address.js';
import type { Address } from './address.js';
import { isFileName } from './hba-files.js';
import type { HbaConnection, HbaLineOfFile, HbaRule, HbaToken } from './hba-types.js';

type Answer = 'yes' | 'no' | 'maybe';

/** A connection with its address already read. */
export interface HbaClient {
  ssl: boolean;
  role: string;
  address: Address;
  /** The server's own addresses with their networks' masks. */
  interfaces?: (Address & { mask: bigint })[];
}

/**
 * The line that would decide about the connection, perhaps one of an included file. `unknown-before`: a
 * line that cannot be decided from the text alone (host name, +group, /regular expression, files that were
 * not read, samehost or samenet without `interfaces`, an error) stands before it. `undefined`: no line
 * matches, so the server refuses.
 */
export function firstMatch(
  lines: readonly HbaLineOfFile[],
  connection: HbaConnection,
): HbaLineOfFile | 'unknown-before' | undefined {
  const address = parseAddress(connection.address);
  if (address === undefined) throw new Error(`not an IP address: ${JSON.stringify(connection.address)}`);
  const interfaces = connection.interfaces?.map(readInterface);
  const line = firstCandidate(lines, {
    ssl: connection.ssl,
    role: connection.role,
    address,
    ...(interfaces === undefined ? {} : { interfaces }),
  });
  return line === undefined || line.matches === 'yes' ? line?.line : 'unknown-before';
}

/** The first line that decides, or might; an include counts as the lines it stands for. */
export function firstCandidate(
  lines: readonly HbaLineOfFile[],
  client: HbaClient,
): { line: HbaLineOfFile; matches: 'yes' | 'maybe' } | undefined {
  for (const line of lines) {
    if (line.included !== undefined) {
      const within = firstCandidate(line.included, client);
      if (within !== undefined) return within;
      continue;
    }
    const matches = matchLine(line, client);
    if (matches !== 'no') return { line, matches };
  }
  return undefined;
}

function matchLine(line: HbaLineOfFile, client: HbaClient): Answer {
  if (line.kind === 'blank') return 'no';
  return line.rule === undefined ? 'maybe' : matchRule(line.rule, client);
}

function readInterface(text: string): Address & { mask: bigint } {
  const [host = '', length = ''] = text.split('/');
  const address = parseAddress(host);
  if (address === undefined || !/^\d+$/.test(length)) throw new Error(`not an interface's address: ${text}`);
  return { ...address, mask: prefixMask(address.family, Number(length)) };
}

function matchRule(rule: HbaRule, client: HbaClient): Answer {
  const parts = [
    matchType(rule, client.ssl),
    any(rule.databases.map(matchReplication)),
    any(rule.roles.map((token) => matchRole(token, client.role))),
    matchAddress(rule, client),
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
  isFileName(token) ? 'maybe' : answer(!token.quoted && token.text === 'replication');

function matchRole(token: HbaToken, role: string): Answer {
  if (isFileName(token)) return 'maybe';
  if (!token.quoted && token.text === 'all') return 'yes';
  // Every role is a member of itself.
  if (!token.quoted && token.text.startsWith('+')) return token.text.slice(1) === role ? 'yes' : 'maybe';
  // A regular expression from 16 on, quoted or not; a plain name before.
  if (token.text.startsWith('/')) return 'maybe';
  return answer(token.text === role);
}

function matchAddress(rule: HbaRule, client: HbaClient): Answer {
  if (rule.address === undefined) return 'no';
  if (rule.address.kind === 'all') return 'yes';
  if (rule.address.kind === 'unknown') return 'maybe';
  if (rule.address.kind === 'network')
    return answer(isInNetwork(client.address, rule.address, rule.address.mask));
  if (client.interfaces === undefined) return 'maybe';
  const whole = rule.address.kind === 'samehost';
  return answer(
    client.interfaces.some((own) =>
      isInNetwork(client.address, own, whole ? prefixMask(own.family, addressBits(own.family)) : own.mask),
    ),
  );
}
