import type { FileDiff, PlannedStep } from '../workflows/contract/card.js';
import type { LeaderPlan } from '../workflows/contract/plan.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { StepId } from '../workflows/contract/steps.js';
import type { ServerFacts } from './facts.js';
import { hbaDiff } from './hba-diff.js';
import { plannedStep } from './planned-step.js';
import { firstMatch, parseHba, withRunbookBlock } from './postgres/hba.js';
import type { HbaFiles, HbaLine } from './postgres/hba.js';
import { SHOWN_ON_CARD, shortList } from './shorten.js';
import * as commands from './step-commands.js';

/**
 * The leader's card. `existingRoles`: roles that are there already and stay as they are. `hbaFiles`: what its
 * pg_hba.conf refers to.
 */
export function leaderPlan(
  server: ServerFacts,
  target: LeaderTarget,
  followers: FollowerTarget[],
  existingRoles: ReadonlySet<string>,
  hbaText: string,
  hbaFiles?: HbaFiles,
): Omit<LeaderPlan, 'fingerprint'> {
  const steps: PlannedStep[] = [];
  const add = (step: StepId, what: string, lines: string[], diff?: FileDiff): void => {
    if (lines.length > 0) steps.push(plannedStep(step, target.name, what, lines, diff));
  };
  for (const role of new Set(followers.map(({ role: name }) => name))) {
    const follower = followers.find((candidate) => candidate.role === role);
    if (follower !== undefined && !existingRoles.has(role))
      add('ensureCredentials', `create role ${role}`, commands.roleCommands(follower));
  }
  add('ensureLeaderSettings', 'change settings', commands.settingsCommands(target));
  for (const follower of followers.filter(({ renewsPassword }) => renewsPassword === true))
    add(
      'ensureCredentials',
      `give role ${follower.role} a new password: that of ${follower.name}'s password file is lost`,
      commands.newPasswordCommands(follower),
    );
  // One line after the other, as the steps will do it.
  let hba = hbaText;
  for (const follower of followers.filter(({ clientAddress }) => clientAddress !== '')) {
    const line = commands.leaderHbaLine(target, follower);
    const wanted = withRunbookBlock(hba, [line], server.majorVersion, hbaFiles);
    if (wanted === hba) continue;
    const today = decidesToday(hbaText, line, server.majorVersion, hbaFiles);
    const diff = hbaDiff(target.location.hbaFile, hba, wanted, server.majorVersion);
    add(
      'ensureLeaderHbaRule',
      `let ${follower.name} replicate${today}`,
      commands.hbaCommands(target, follower),
      diff,
    );
    hba = wanted;
  }
  const reasons = target.settings
    .filter(({ restart }) => restart)
    .map(({ name, from, to }) => `${name}: ${from === '' ? "''" : from} becomes ${to}`);
  if (reasons.length > 0) add('restartLeader', 'restart PostgreSQL', commands.restartCommands(target));
  return {
    target,
    needsGate: steps.length > 0,
    steps,
    ...(reasons.length > 0
      ? { restart: { reasons, pendingEdits: shortList(target.pendingEdits, SHOWN_ON_CARD) } }
      : {}),
    databaseBytes: server.databaseBytes,
    serverVersion: server.serverVersion,
  };
}

/** Which rule the connection would meet as the file is; nothing where none does, or none is known to. */
function decidesToday(
  text: string,
  line: HbaLine,
  majorVersion: number,
  files: HbaFiles | undefined,
): string {
  const found = firstMatch(parseHba(text, majorVersion, files), {
    ssl: line.type === 'hostssl',
    database: 'replication',
    role: line.role,
    address: line.address,
  });
  if (typeof found !== 'object' || found.rule === undefined) return '';
  const where = `line ${String(found.line)}${found.file === undefined ? '' : ` of ${found.file}`}`;
  return found.rule.method === 'reject'
    ? `, whom ${where} rejects today`
    : `, for whom ${where} (${found.rule.method}) decides today`;
}
