import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** The address followers will connect to, as far as it can be told from here. */
export interface SuggestedAddress {
  address: string;
  /** Why a person has to look at it; absent where there is nothing to choose. */
  doubt?: string;
  /** Nothing was found at all: `address` only fills the place. */
  unknown?: true;
}

/** Addresses of a host name, as this machine resolves it; empty where it does not. */
export type Resolve = (host: string) => Promise<string[]>;

export const resolveHost: Resolve = async (host) => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    return [];
  }
};

/** For documentation (RFC 5737): routed nowhere, so that it can never be somebody's machine by accident. */
const NOBODYS = '192.0.2.1';

export async function suggestAddress(host: string, resolve: Resolve): Promise<SuggestedAddress> {
  const all = isIP(host) === 0 ? [...new Set(await resolve(host))] : [host];
  const [any] = all;
  if (any === undefined)
    return {
      address: NOBODYS,
      doubt: `${host} has no address that can be found here; ${NOBODYS} is nobody's, put the leader's in its place`,
      unknown: true,
    };
  const reachable = all.filter((address) => !isLocal(address));
  const [first] = reachable;
  if (first === undefined)
    return {
      address: any,
      doubt: `here ${host} is ${any}, which leads to this machine only; put the address that followers reach`,
    };
  if (reachable.length === 1) return { address: first };
  return {
    address: first,
    doubt: `${host} has several addresses (${reachable.join(', ')}); is this the one that followers connect to?`,
  };
}

/** Loopback, link-local and unspecified addresses mean another machine, or none, from elsewhere. */
const isLocal = (address: string): boolean =>
  /^(127\.|169\.254\.|0\.0\.0\.0$)/.test(address) || /^(::1?$|fe[89ab][0-9a-f]:|::ffff:127\.)/i.test(address);
