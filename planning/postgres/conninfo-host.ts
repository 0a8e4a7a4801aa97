import { parseConninfo } from './conninfo.js';

/**
 * `host:port` of a connection string, for a card; never anything else of it, because a password may stand
 * there. `undefined` where it names no host, cannot be read, or leaves a doubt.
 */
export function conninfoHost(text: string): string | undefined {
  const uri = /^postgres(?:ql)?:\/\/([^/?#]*)/.exec(text);
  if (uri !== null) return uriHost(uri[1] ?? '', text.includes('@'));
  const parts = parseConninfo(text) ?? {};
  const host = parts.host ?? parts.hostaddr ?? '';
  if (host === '') return undefined;
  return parts.port === undefined || parts.port === '' ? host : `${host}:${parts.port}`;
}

/** Without an `@` of its own, one further on may mean that what looks like the host is a user and a password. */
function uriHost(authority: string, hasAt: boolean): string | undefined {
  const at = authority.lastIndexOf('@');
  if (at < 0 && hasAt) return undefined;
  const host = authority.slice(at + 1);
  return host === '' ? undefined : host;
}
