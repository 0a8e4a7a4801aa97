import { addressBits, parseAddress } from './address.js';
import type { HbaLine } from './hba-types.js';

/**
 * The line's text without a line break, in the columns of Debian's own file. Throws on an address, key
 * or role that pg_hba.conf cannot express.
 */
export function renderHbaLine(line: HbaLine): string {
  const address = parseAddress(line.address);
  if (address === undefined) throw new Error(`not an IP address: ${JSON.stringify(line.address)}`);
  if (!/^[a-z][a-z0-9-]*$/.test(line.key)) throw new Error(`not a host's name: ${JSON.stringify(line.key)}`);
  const columns = [
    line.type.padEnd(7),
    'replication'.padEnd(15),
    quoteHbaName(line.role).padEnd(15),
    `${line.address}/${String(addressBits(address.family))}`.padEnd(23),
    line.method,
  ];
  return `${columns.join(' ')} # ${line.key}`;
}

/** Quotes a role where it would be read as something else: a keyword, a group, a file, several names. */
function quoteHbaName(name: string): string {
  if (name === '' || /[\0\r\n]/.test(name))
    throw new Error(`pg_hba.conf cannot hold the role ${JSON.stringify(name)}`);
  // From 16 on a regular expression, even within quotes.
  if (name.startsWith('/')) throw new Error(`pg_hba.conf reads the role ${name} as a regular expression`);
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name) && name !== 'all' ? name : `"${name.replaceAll('"', '""')}"`;
}
