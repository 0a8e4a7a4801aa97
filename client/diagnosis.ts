import { formatBytes } from '../planning/format.js';
import type { HostConfig, RunConfig } from '../workflows/contract/config.js';
import type { Finding, FollowerPlan, LeaderPlan, Plan } from '../workflows/contract/plan.js';
import { CLASS_WORDS } from './render/words.js';

/** What the survey found on one host; `runbook doctor --json` prints it as it is. */
export interface HostDiagnosis {
  name: string;
  role: 'leader' | 'follower';
  /** Where ssh connects to. */
  host: string;
  /** What was looked at and found right; empty where the host could not be judged. */
  seen: string[];
  /** Worst first. */
  findings: Finding[];
}

export interface Diagnosis {
  cluster: string;
  /** ISO time of the survey. */
  madeAt: string;
  blockers: number;
  warnings: number;
  /** Those with blockers first, then those with warnings, each in the configuration's order. */
  hosts: HostDiagnosis[];
  /** What is about no single host. */
  findings: Finding[];
}

/** Sorts a survey's findings by host. Every host of the configuration is there, also one that is well. */
export function diagnosisOf(plan: Plan, config: RunConfig): Diagnosis {
  const { leader, followers } = config;
  const hosts: HostDiagnosis[] = [
    { ...nameOf(leader), role: 'leader', seen: leaderSeen(plan.leader), findings: of(plan, leader.name) },
    ...followers.map((follower): HostDiagnosis => ({
      ...nameOf(follower),
      role: 'follower',
      seen: followerSeen(plan.followers[follower.name]),
      findings: of(plan, follower.name),
    })),
  ];
  const known = new Set(hosts.map(({ name }) => name));
  return {
    cluster: plan.cluster,
    madeAt: plan.madeAt,
    blockers: plan.findings.filter(({ severity }) => severity === 'blocker').length,
    warnings: plan.findings.filter(({ severity }) => severity === 'warning').length,
    hosts: [...hosts].sort((a, b) => worst(a.findings) - worst(b.findings)),
    findings: byRank(plan.findings.filter(({ host }) => host === undefined || !known.has(host))),
  };
}

const RANK: Record<Finding['severity'], number> = { blocker: 0, warning: 1, info: 2 };

const worst = (findings: readonly Finding[]): number =>
  Math.min(RANK.info, ...findings.map(({ severity }) => RANK[severity]));

const byRank = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);

const of = (plan: Plan, name: string): Finding[] => byRank(plan.findings.filter(({ host }) => host === name));

const nameOf = ({ name, host }: HostConfig): Pick<HostDiagnosis, 'name' | 'host'> => ({ name, host });

function leaderSeen(leader: LeaderPlan | undefined): string[] {
  if (leader === undefined) return [];
  const { version, cluster, port } = leader.target.location;
  return [
    `PostgreSQL ${leader.serverVersion}, cluster ${version}/${cluster}, port ${String(port)}, ` +
      `${formatBytes(leader.databaseBytes)}; not in recovery, timeline ${String(leader.target.identity.timeline)}`,
    'settings, configuration files, pg_hba.conf, TLS and slots were read',
  ];
}

function followerSeen(follower: FollowerPlan | undefined): string[] {
  if (follower === undefined) return [];
  const { target, serverVersion, remarks, freeBytes } = follower;
  const { version, cluster } = target.location;
  const server = serverVersion === '' ? '' : `PostgreSQL ${serverVersion}, `;
  return [
    `${server}cluster ${version}/${cluster}, ${formatBytes(freeBytes)} free`,
    `${target.class}: ${CLASS_WORDS[target.class]}`,
    ...remarks,
  ];
}
