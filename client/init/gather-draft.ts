import { isIP } from 'node:net';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import type { ConfigDraft, DraftHost } from './config-text.js';
import { hostNames } from './host-names.js';
import { HOST, namedHosts } from './named-hosts.js';
import { askQuestion } from './questions.js';
import type { SshOutcome } from './ssh-answer.js';
import { sshDraft } from './ssh-draft.js';
import type { AskedHost } from './ssh-draft.js';
import { suggestAddress } from './suggest-address.js';
import type { Resolve } from './suggest-address.js';

/** What the drafting asks besides the person; tests give their own. */
export interface InitTools {
  askSsh(host: string, io: CommandIo): Promise<SshOutcome>;
  resolve: Resolve;
  schema?: string;
}

/** From options, else from a person, else from what ssh and the resolver say. @throws USAGE */
export async function gatherDraft(
  file: string,
  options: CommandOptions,
  io: CommandIo,
  tools: InitTools,
): Promise<ConfigDraft> {
  const { cluster, leader, followers } = await namedHosts(file, options, io);
  const asked: AskedHost[] = [];
  for (const typed of [leader, ...followers]) asked.push({ typed, outcome: await tools.askSsh(typed, io) });
  const { ssh, remarks } = sshDraft(asked, io.env);
  const names = hostNames(leader, followers);
  const [leaderHost, ...followerHosts] = asked.map((host, index) =>
    draftHost(host, index === 0 ? names.leader : (names.followers[index - 1] ?? '')),
  );
  if (leaderHost === undefined) throw new Error('the leader was asked for');
  const { address, doubt } = await leaderAddress(leaderHost.host, io, tools);
  return {
    ...(tools.schema === undefined ? {} : { schema: tools.schema }),
    cluster,
    leader: { ...leaderHost, address },
    followers: followerHosts,
    ssh,
    remarks: { ...(doubt === undefined ? {} : { address: doubt }), ssh: remarks },
  };
}

async function leaderAddress(
  host: string,
  io: CommandIo,
  { resolve }: InitTools,
): Promise<{ address: string; doubt?: string }> {
  const { unknown, ...suggested } = await suggestAddress(host, resolve);
  if (suggested.doubt === undefined || !io.interactive) return suggested;
  io.note(suggested.doubt);
  const address = await askQuestion(io, {
    text: 'IP address of the leader that followers connect to',
    ...(unknown ? {} : { fallback: suggested.address }),
    problem: (answer) => (isIP(answer) === 0 ? `"${answer}" is not an IP address.` : undefined),
  });
  return { address };
}

/** The worker reads no ssh_config, so what ssh makes of an alias is what stands in the file. */
function draftHost({ typed, outcome }: AskedHost, name: string): DraftHost {
  const bare = typed.replace(/^.*@/, '');
  if (outcome.kind !== 'read') return { name, host: bare, sshPort: 22 };
  const { hostname, port } = outcome.answer;
  const host = HOST.test(hostname) && !hostname.includes('@') ? hostname : bare;
  const sshPort = port >= 1 && port <= 65_535 ? port : 22;
  return { name, host, sshPort, ...(host === bare ? {} : { alias: bare }) };
}
