import type { CardChange, PlannedStep } from './card.js';
import type { Finding, FollowerPlan, LeaderPlan } from './plan.js';

/** What a person who has read the follower's former card has to read anew; sizes and LSNs, which drift, aside. */
export function followerChanges(before: FollowerPlan, after: FollowerPlan): CardChange[] {
  return [
    ...changedLines(before.target.fingerprintLines, after.target.fingerprintLines),
    ...changedValues([
      ['database names', before.destroys?.databases.join(', '), after.destroys?.databases.join(', ')],
      ['server', stateOf(before), stateOf(after)],
      ['client sessions', before.target.use?.clientSessions, after.target.use?.clientSessions],
      ['WAL senders', before.target.use?.walSenders, after.target.use?.walSenders],
    ]),
    ...changedTexts('command', commandsOf(before.steps), commandsOf(after.steps)),
  ];
}

/** The same for the leader's card. */
export function leaderChanges(before: LeaderPlan, after: LeaderPlan): CardChange[] {
  const [was, is] = [before.target, after.target];
  return [
    ...changedValues([
      ['machine-id', was.identity.machineId, is.identity.machineId],
      ['system identifier', was.identity.systemIdentifier, is.identity.systemIdentifier],
      ['timeline', was.identity.timeline, is.identity.timeline],
      ['running since', was.postmasterStartTime, is.postmasterStartTime],
    ]),
    ...changedTexts('restart because', before.restart?.reasons ?? [], after.restart?.reasons ?? []),
    ...changedTexts("somebody else's pending change", was.pendingEdits, is.pendingEdits),
    ...changedTexts('command', commandsOf(before.steps), commandsOf(after.steps)),
  ];
}

/** Findings of one host that have come or gone. */
export const findingChanges = (host: string, before: Finding[], after: Finding[]): CardChange[] =>
  changedTexts('finding', messagesOf(host, before), messagesOf(host, after));

const stateOf = ({ target }: FollowerPlan): string => (target.use === undefined ? 'stopped' : 'running');

const commandsOf = (steps: PlannedStep[]): string[] => steps.flatMap(({ commands }) => commands);

const messagesOf = (host: string, findings: Finding[]): string[] =>
  findings.filter((finding) => finding.host === host).map(({ message }) => message);

/** `key=value` lines, by key. */
export function changedLines(before: string[], after: string[]): CardChange[] {
  const [was, is] = [byKey(before), byKey(after)];
  const keys = [...new Set([...was.keys(), ...is.keys()])].sort();
  return changedValues(keys.map((key) => [key, was.get(key), is.get(key)]));
}

const byKey = (lines: string[]): Map<string, string> =>
  new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

type Value = string | number | undefined;

const changedValues = (values: [what: string, from: Value, to: Value][]): CardChange[] =>
  values
    .filter(([, from, to]) => from !== to)
    .map(([what, from, to]) => ({ what, from: String(from ?? ''), to: String(to ?? '') }));

const changedTexts = (what: string, before: string[], after: string[]): CardChange[] => [
  ...before.filter((text) => !after.includes(text)).map((from) => ({ what, from, to: '' })),
  ...after.filter((text) => !before.includes(text)).map((to) => ({ what, from: '', to })),
];
