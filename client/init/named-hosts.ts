import { basename, dirname } from 'node:path';
import { commandFailure } from '../failure.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { askQuestion } from './questions.js';

const CLUSTER = /^[a-z][a-z0-9-]{0,30}$/;
/** As in the configuration, and never something that ssh would take for an option. */
export const HOST = /^([A-Za-z_][\w.-]*@)?[A-Za-z0-9:][A-Za-z0-9._:%-]*$/;
const MAX_FOLLOWERS = 50;

/** Hosts as they were typed: names, addresses, aliases, each perhaps with `user@`. */
export interface NamedHosts {
  cluster: string;
  leader: string;
  followers: string[];
}

/** From options; on a terminal what is missing is asked for. @throws USAGE */
export async function namedHosts(file: string, options: CommandOptions, io: CommandIo): Promise<NamedHosts> {
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
): Promise<Pick<NamedHosts, 'leader' | 'followers'>> {
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
