import { isIP } from 'node:net';
import { basename, dirname } from 'node:path';
import { commandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import type { ConfigDraft, DraftHost } from './config-text.js';
import { hostNames } from './host-names.js';
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

const CLUSTER = /^[a-z][a-z0-9-]{0,30}$/;
/** As in the configuration, and never something that ssh would take for an option. */
const HOST = /^([A-Za-z_][\w.-]*@)?[A-Za-z0-9:][A-Za-z0-9._:%-]*$/;
const MAX_FOLLOWERS = 50;

/** From options, else from a person, else from what ssh and the resolver say. @throws USAGE */
export async function gatherDraft(
  file: string,
  options: CommandOptions,
  io: CommandIo,
  tools: InitTools,
): Promise<ConfigDraft> {
  const { cluster, leader, followers } = await namedOrAsked(file, options, io);
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

interface Named {
  cluster: string;
  leader: string;
  followers: string[];
}

async function namedOrAsked(file: string, options: CommandOptions, io: CommandIo): Promise<Named> {
  const folder = basename(dirname(file));
  const suggested = CLUSTER.test(folder) ? folder : 'main';
  const { cluster, leader, followers = [] } = options;
  const given = [leader, ...followers].filter((host) => host !== undefined);
  const wrong =
    (cluster === undefined ? undefined : clusterProblem(cluster)) ??
    given
      .map((host, index) => hostProblem(host, given.slice(0, index)))
      .find((problem) => problem !== undefined);
  if (wrong !== undefined) throw usage(wrong);
  if (followers.length > MAX_FOLLOWERS) throw usage(`At most ${String(MAX_FOLLOWERS)} followers in one run.`);
  if (!io.interactive) {
    if (leader === undefined || followers.length === 0) throw missing(leader, followers);
    return { cluster: cluster ?? suggested, leader, followers };
  }
  return {
    cluster:
      cluster ??
      (await askQuestion(io, { text: 'Name of the cluster', fallback: suggested, problem: clusterProblem })),
    ...(await askedHosts(leader, followers, io)),
  };
}

async function askedHosts(
  given: string | undefined,
  followers: string[],
  io: CommandIo,
): Promise<Pick<Named, 'leader' | 'followers'>> {
  const leader =
    given ??
    (await askQuestion(io, {
      text: 'Leader: the host ssh connects to, or its name in ~/.ssh/config',
      problem: (answer) => hostProblem(answer, followers),
    }));
  if (followers.length > 0) return { leader, followers };
  const found: string[] = [];
  while (found.length < MAX_FOLLOWERS) {
    const answer = await askQuestion(io, {
      text: found.length === 0 ? 'First follower' : 'Another follower (nothing: no more)',
      ...(found.length === 0 ? {} : { fallback: '' }),
      problem: (host) => (host === '' ? undefined : hostProblem(host, [leader, ...found])),
    });
    if (answer === '') break;
    found.push(answer);
  }
  return { leader, followers: found };
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

const clusterProblem = (name: string): string | undefined =>
  CLUSTER.test(name) ? undefined : `"${name}" is no cluster name: a-z, then up to 30 of a-z, 0-9 and -.`;

function hostProblem(host: string, others: readonly string[]): string | undefined {
  if (!HOST.test(host)) return `"${host}" is no host name or address.`;
  return others.includes(host)
    ? `"${host}" is named twice; leader and followers are different machines.`
    : undefined;
}

const usage = (problem: string): Error =>
  commandFailure('USAGE', `${problem.replace(/\.$/, '')}; nothing was written`, {
    hint: 'See `runbook help init`.',
  });

function missing(leader: string | undefined, followers: readonly string[]): Error {
  const options = [
    ...(leader === undefined ? ['--leader HOST'] : []),
    ...(followers.length === 0 ? ['--follower HOST'] : []),
  ];
  return commandFailure(
    'USAGE',
    `without a terminal init needs ${options.join(' and ')}; nothing was written`,
    {
      hint: 'See `runbook help init`.',
    },
  );
}
