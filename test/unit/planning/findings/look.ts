import { expect } from 'vitest';
import { classify } from '../../../../planning/classify.js';
import type { ClusterFacts, HostFacts, ServerFacts } from '../../../../planning/facts.js';
import { joiningFindings } from '../../../../planning/findings/joining-findings.js';
import { leaderFindings } from '../../../../planning/findings/leader-findings.js';
import { pairFindings } from '../../../../planning/findings/pair-findings.js';
import { followerTarget, leaderTarget } from '../../../../planning/targets.js';
import type { FailureCode } from '../../../../workflows/contract/codes.js';
import type { Finding } from '../../../../workflows/contract/plan.js';
import type { FollowerClass, LeaderTarget } from '../../../../workflows/contract/target.js';
import {
  freshServer,
  operation,
  sampleConfig,
  sampleFacts,
  sampleServer,
  settings,
  type FactsChange,
} from '../sample-facts.js';

export type Values = Record<string, string>;

export interface Side extends Omit<FactsChange, 'server'> {
  /** Settings besides those of the sample. */
  values?: Values;
  server?: Partial<ServerFacts>;
  host?: Partial<HostFacts>;
}

const merged = (values: Values = {}, server: Partial<ServerFacts> = {}): Partial<ServerFacts> => ({
  ...server,
  settings: settings(values),
});

function factsOf(name: string, side: Side, running: ServerFacts): ClusterFacts {
  const facts = sampleFacts(name, { ...side, server: running });
  return { ...facts, host: { ...facts.host, ...side.host } };
}

export interface LeaderCase extends Side {
  config?: Parameters<typeof sampleConfig>[0];
  work?: number;
  target?: Partial<LeaderTarget>;
}

function leaderSide({ config: change = {}, work = 1, target: other = {}, ...side }: LeaderCase) {
  const config = sampleConfig(change);
  const server = sampleServer(merged(side.values, side.server));
  const facts = factsOf('leader', side, server);
  const target = { ...leaderTarget(config, facts, server, operation(), work), ...other };
  return { config, facts, server, target, work };
}

export function findingsOfLeader(leader: LeaderCase): Finding[] {
  const { config, facts, server, target, work } = leaderSide(leader);
  return leaderFindings(config, facts, server, target, work);
}

export interface PairCase {
  leader?: LeaderCase;
  follower?: Side & { class?: FollowerClass; stopped?: boolean };
}

function pair({ leader: side = {}, follower: { class: name, stopped = false, ...follower } = {} }: PairCase) {
  const leader = leaderSide(side);
  const running = freshServer(merged(follower.values, follower.server));
  const facts = factsOf('follower1', follower, running);
  if (stopped) delete facts.server;
  const classified =
    name === undefined ? classify(facts, leader.server, undefined) : { class: name, reasons: [] };
  const target = followerTarget(leader.config, 'follower1', facts, operation(), classified.class);
  return { leader, look: { facts, target, classified, findings: [] } };
}

export function findingsOfPair(change: PairCase): Finding[] {
  const { leader, look } = pair(change);
  return pairFindings(leader, look);
}

export function findingsOfJoining(change: PairCase & { others?: string[] }): Finding[] {
  const { leader, look } = pair(change);
  return joiningFindings(leader, [
    look.target,
    ...(change.others ?? []).map((name) => ({ ...look.target, name, applicationName: name })),
  ]);
}

/** One finding, in PostgreSQL's grammar, with these words in it. */
export function expectOnly(
  found: Finding[],
  severity: Finding['severity'],
  code: FailureCode,
  ...words: string[]
): void {
  expect(found.map((one) => [one.severity, one.code])).toEqual([[severity, code]]);
  const [one] = found;
  expect(one?.message).toMatch(new RegExp(`^${one?.host ?? ''}: .*[^.\\s]$`));
  expect(one?.hint).toMatch(/\S.*\.$/s);
  if (one?.detail !== undefined) expect(one.detail).toMatch(/\S/);
  for (const word of words) expect(`${one?.message ?? ''}\n${one?.detail ?? ''}`).toContain(word);
}
