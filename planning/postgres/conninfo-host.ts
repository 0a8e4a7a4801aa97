import { parseConninfo } from './conninfo.js';

/**
 * `host:port` of a connection string, for a card; never anything else of it, because a password may stand
 * there. `undefined` where it names no host or cannot be read.
 */
export function conninfoHost(text: string): string | undefined {
  const uri = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?([^/?#@]+)/.exec(text)?.[1];
  if (uri !== undefined) return uri;
  const parts = parseConninfo(text) ?? {};
  const host = parts.host ?? parts.hostaddr ?? '';
  if (host === '') return undefined;
  return parts.port === undefined || parts.port === '' ? host : `${host}:${parts.port}`;
}
