import { formatBytes, formatDuration } from '../../planning/format.js';
import type { FollowerFacts, LeaderFacts, OutcomeFacts } from './outcome-facts.js';
import type { DemoPlace } from './place.js';

/** What has changed on each host, as read there. */
export const summaryLines = ({ leader, followers }: OutcomeFacts): string[] => [
  `${leader.name}:`,
  ...leader.changes.map((change) => `  ${change}`),
  `  ${restartText(leader)}`,
  ...Object.entries(followers).flatMap(([name, facts]) => ['', `${name}:`, ...followerLines(facts)]),
];

const COUNTS = ['not restarted', 'restarted once', 'restarted twice'];

const restartText = ({ starts, runningSince }: LeaderFacts): string =>
  `${COUNTS[starts] ?? `restarted ${String(starts)} times`}; running since ${runningSince}`;

function followerLines({ changes, downtimeMs, oldData }: FollowerFacts): string[] {
  return [
    ...changes.map((change) => `  ${change}`),
    ...(downtimeMs === undefined ? [] : [`  its old server was away for ${formatDuration(downtimeMs)}`]),
    ...(oldData === undefined
      ? []
      : [`  its old data, ${formatBytes(oldData.bytes)}, lies in`, `    ${oldData.path}`]),
  ];
}

/** Where to look, and how to get rid of it all. */
export function farewellLines(
  place: DemoPlace,
  cluster: string,
  follower: string,
  uiAddress?: string,
): string[] {
  const { onHost, runbook } = place.words;
  return [
    'Look around:',
    `  ${onHost(follower)} \\`,
    `    sudo -u postgres psql shop -c 'TABLE orders ORDER BY id DESC LIMIT 1'`,
    `  ${onHost('leader')} \\`,
    `    sudo -u postgres psql -x -c 'TABLE pg_stat_replication'`,
    `  ${onHost(follower)} cat /var/lib/pg-runbook/journal.jsonl`,
    `  ${runbook} show ${cluster}`,
    ...(uiAddress === undefined ? [] : ["The run in Temporal's own web page:", `  ${uiAddress}`]),
    '',
    ...runningLines(place),
  ];
}

/** Both go on until somebody stops them. */
export const runningLines = (place: DemoPlace): string[] => [
  'Hosts, server and worker go on running. To stop and remove all of them:',
  `  ${place.words.remove}`,
];

/** Where the run did not come to its end, or to another one than hoped for. */
export function endingLines(
  place: DemoPlace,
  cluster: string,
  ending: 'refused' | 'waiting' | 'parked' | 'failed',
): string[] {
  const commands = (...names: string[]): string[] =>
    names.map((name) => `  ${place.words.runbook} ${name} ${cluster}`);
  switch (ending) {
    case 'refused':
      return [
        'Refused: nothing was replaced, and what the run had made is taken back.',
        `Once more from the beginning: ${place.words.again}`,
      ];
    case 'waiting':
      return [
        'Gates are open, nothing was approved for them, and the run waits. To go on:',
        `  ${place.words.again}`,
        ...commands('approve', 'cancel'),
      ];
    case 'parked':
      return [
        'The run has met a problem and waits for a decision; nothing is lost.',
        ...commands('show', 'resume', 'cancel'),
        `The log of its worker: ${place.words.workerLog}`,
      ];
    case 'failed':
      return ['The run has ended without the followers streaming. What happened:', ...commands('show')];
  }
}

export const interruptedLines = (place: DemoPlace): string[] => [
  'Interrupted. That approves nothing, and stops no run that has begun. To go on:',
  `  ${place.words.again}`,
  'To stop and remove everything:',
  `  ${place.words.remove}`,
];
