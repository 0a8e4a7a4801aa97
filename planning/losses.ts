import type { Classified } from './classify.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { bytesBehind, forkOf, positionOf } from './fork.js';
import { formatBytes } from './format.js';
import { conninfoHost } from './postgres/conninfo-host.js';
import { followerSetting } from './standby-faults.js';

/**
 * What goes for good with the follower's data, or is left behind elsewhere, a sentence each: for the card of
 * a class that nobody should replace by mistake. Hosts of connection strings are named, passwords never.
 */
export function lossesOf(classified: Classified, follower: ClusterFacts, leader: ServerFacts): string[] {
  const all = allLosses(classified, follower, leader);
  const more = all.length - MOST_LINES;
  return more > 1 ? [...all.slice(0, MOST_LINES), `and ${String(more)} more of these`] : all;
}

/** A card is read by a person, and a plan has its size. */
const MOST_LINES = 12;

function allLosses({ class: name }: Classified, follower: ClusterFacts, leader: ServerFacts): string[] {
  if (name === 'diverged') return [...divergedLosses(follower, leader), ...dependants(follower)];
  if (name === 'standby-of-other') return [...followsOther(follower), ...dependants(follower)];
  if (name === 'subscriber') return [...subscriptionLosses(follower), ...dependants(follower)];
  return [];
}

function divergedLosses(follower: ClusterFacts, leader: ServerFacts): string[] {
  const own = positionOf(follower);
  const fork = forkOf(follower, leader);
  const now = own.lsn === undefined ? '' : `, and is at ${own.lsn} on timeline ${String(own.timeline)} now`;
  if (fork === undefined)
    return [
      `the rows written to it by itself; where it left the leader's history cannot be told${now} (the leader: timeline ${String(leader.timeline)})`,
    ];
  const bytes = bytesBehind(own, fork);
  const amount = bytes === undefined ? '' : `: ${formatBytes(bytes)} of WAL`;
  return [
    `it left the leader's history at ${fork.lsn} on timeline ${String(fork.timeline)}${now}; rows written to it after that exist only there${amount}`,
  ];
}

function followsOther(follower: ClusterFacts): string[] {
  const upstream = conninfoHost(followerSetting(follower, 'primary_conninfo'));
  const slot = followerSetting(follower, 'primary_slot_name');
  return [
    `it follows the leader at ${upstream ?? 'a host that its configuration does not name'}, and will not any more`,
    ...(slot === '' ? [] : [`its slot ${slot} stays on that leader and keeps WAL there until it is dropped`]),
  ];
}

const subscriptionLosses = ({ server }: ClusterFacts): string[] =>
  (server?.subscribed ?? []).map(({ name, database, slot, conninfo }) => {
    const publisher = conninfoHost(conninfo) ?? 'a publisher its connection string does not name';
    return slot === null
      ? `subscription ${name} of database ${database} to ${publisher}; it has no slot there`
      : `subscription ${name} of database ${database}; its slot ${slot} stays on ${publisher} and keeps WAL there until it is dropped`;
  });

/** Whoever reads WAL from it has to find another source. */
const dependants = ({ server }: ClusterFacts): string[] => [
  ...(server?.standbys ?? []).map(({ applicationName }) => `standby ${applicationName} replicates from it`),
  ...(server?.slots ?? []).map(
    ({ name, type }) => `its own ${type} slot ${name}, with what its user has not read yet`,
  ),
];
