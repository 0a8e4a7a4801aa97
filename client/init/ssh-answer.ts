import { execFile } from 'node:child_process';
import type { CommandIo } from '../io.js';

/** What the operator's own ssh would do for a host, as `ssh -G` tells it; the runbook itself reads no ssh_config. */
export interface SshAnswer {
  hostname: string;
  user: string;
  port: number;
  /** In the order in which ssh tries them; also such that do not exist. */
  identityFiles: string[];
  knownHostsFiles: string[];
  /** ProxyJump or ProxyCommand, neither of which the worker uses. */
  proxied: boolean;
}

/** `absent`: there is no ssh on this machine. `failed`: its configuration cannot be read, in its own words. */
export type SshOutcome =
  { kind: 'read'; answer: SshAnswer } | { kind: 'absent' } | { kind: 'failed'; reason: string };

/** `Match exec` of an ssh_config may run anything. */
const TIMEOUT_MS = 10_000;

/** Asks ssh what it would do; nothing is connected to. `host` may be an alias, or `user@alias`. */
export function askSsh(host: string, io: Pick<CommandIo, 'env' | 'interrupted'>): Promise<SshOutcome> {
  const options = { env: io.env, timeout: TIMEOUT_MS, signal: io.interrupted, encoding: 'utf8' } as const;
  return new Promise((resolve) => {
    execFile('ssh', ['-G', host], options, (error, stdout, stderr) => {
      if (error === null) {
        const answer = parseSshAnswer(stdout);
        resolve(answer === undefined ? failed('its answer has no host name') : { kind: 'read', answer });
      } else if (error.code === 'ENOENT') resolve({ kind: 'absent' });
      else resolve(failed(stderr.trim().split('\n')[0] || error.message.split('\n')[0] || 'no reason given'));
    });
  });
}

const failed = (reason: string): SshOutcome => ({ kind: 'failed', reason });

/** Reads the `keyword value` lines; undefined where the host name, the user or the port is missing. */
export function parseSshAnswer(text: string): SshAnswer | undefined {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = '', value = ''] = /^(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (value === '') continue;
    const key = keyword.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  const first = (keyword: string): string | undefined => values.get(keyword)?.[0];
  const [hostname, user, port] = [first('hostname'), first('user'), Number(first('port'))];
  if (hostname === undefined || user === undefined || !Number.isInteger(port)) return undefined;
  const used = (keyword: string): boolean => (first(keyword) ?? 'none').toLowerCase() !== 'none';
  return {
    hostname,
    user,
    port,
    identityFiles: (values.get('identityfile') ?? []).map(unquoted),
    knownHostsFiles: (first('userknownhostsfile') ?? '').match(/"[^"]*"|\S+/g)?.map(unquoted) ?? [],
    proxied: used('proxyjump') || used('proxycommand'),
  };
}

const unquoted = (text: string): string => /^"(.*)"$/.exec(text)?.[1] ?? text;
