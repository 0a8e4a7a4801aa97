import type { Finding } from '../../workflows/contract/plan.js';
import type { FollowerTarget } from '../../workflows/contract/target.js';
import type { Classified } from '../classify.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { followerSetting } from '../standby-faults.js';
import { isOnForeignTimeline } from '../fork.js';
import { parseConninfo } from '../postgres/conninfo.js';
import { parseSyncStandbys } from '../postgres/sync-names.js';
import { blockOn, finding } from './finding.js';
import { sessionList } from './session-list.js';

/** What stands against putting the former data back. `values`: the record of the operation that is undone. */
export function undoFindings(
  leader: ServerFacts,
  facts: ClusterFacts,
  target: FollowerTarget,
  values: Record<string, string>,
): Finding[] {
  const { files, server } = facts;
  const block = blockOn(target.name);
  // Past its begin the directories have been moved: all that is left to do is to end it.
  if (values.undo === 'begun' && files.inode !== values.incomingInode) return [];
  if (files.inode !== values.incomingInode)
    return [
      block(
        'UNDO_UNEXPECTED',
        `${target.location.dataDirectory} is not the one that ${target.op.id} put there`,
      ),
    ];
  const missing = missingOf(facts, target.op.id, values);
  return [
    ...(missing.length === 0
      ? []
      : [
          block('REPLACED_DATA_MISSING', 'not all that was replaced is there', {
            detail: missing.join('; '),
          }),
        ]),
    ...promoted(leader, facts).map((because) => block('FOLLOWER_PROMOTED', because)),
    ...synchronous(leader, facts, target).map((because) => block('FOLLOWER_SYNCHRONOUS', because)),
    ...(server === undefined || server.clientSessions + server.walSenders === 0
      ? []
      : [
          finding(
            'warning',
            'FOLLOWER_IN_USE',
            target.name,
            `in use: ${String(server.clientSessions)} client sessions, ${String(server.walSenders)} that replicate from it; the undo ends them`,
            { detail: sessionList(server), hint: 'Disconnect them first, or approve it as it is.' },
          ),
        ]),
  ];
}

/** Each directory of the record must lie there intact; `old` is the data directory, `old.<link>` the others. */
function missingOf({ files }: ClusterFacts, op: string, values: Record<string, string>): string[] {
  const wanted = Object.keys(values).filter((name) => name === 'old' || name.startsWith('old.'));
  return wanted.flatMap((name) => {
    const link = name === 'old' ? undefined : name.slice('old.'.length);
    const found = files.kept?.find(
      (kept) => kept.op === op && kept.kind === 'replaced' && kept.link === link,
    );
    if (found?.intact === true) return [];
    const what = link === undefined ? 'the data directory' : link;
    return [
      found === undefined ? `${what} is gone` : `${found.keptAs} is another directory than the one set aside`,
    ];
  });
}

function promoted(leader: ServerFacts, facts: ClusterFacts): string[] {
  const { server, files } = facts;
  if (server?.inRecovery === false) return ['it is not in recovery: it was promoted'];
  if (server === undefined && !files.standbySignal)
    return ['it is stopped and has no standby.signal: it was promoted'];
  const system = server?.systemIdentifier ?? files.controlData?.systemIdentifier;
  if (system !== leader.systemIdentifier)
    return [`its system identifier is ${system ?? 'not known'}, the leader's ${leader.systemIdentifier}`];
  return isOnForeignTimeline(facts, leader) ? ['it is on a later timeline than the leader'] : [];
}

function synchronous(leader: ServerFacts, facts: ClusterFacts, target: FollowerTarget): string[] {
  const { application_name: configured } = parseConninfo(followerSetting(facts, 'primary_conninfo')) ?? {};
  const name = configured ?? target.applicationName;
  const waits = leader.standbys.some(
    ({ applicationName, syncState = '' }) =>
      applicationName === name && ['sync', 'quorum'].includes(syncState),
  );
  if (waits) return [`commits on the leader wait for it as ${name}`];
  const { names } = parseSyncStandbys(leader.settings.synchronous_standby_names?.setting ?? '');
  return names.some((one) => one.toLowerCase() === name.toLowerCase())
    ? [`synchronous_standby_names of the leader names it as ${name}`]
    : [];
}

/** What stands against deleting what was set aside. */
export function purgeFindings(
  facts: ClusterFacts,
  target: FollowerTarget,
  classified: Classified,
): Finding[] {
  const others = (facts.files.kept ?? []).filter(({ intact }) => !intact);
  return [
    ...(target.reversal?.needsStream === true && classified.class !== 'healthy'
      ? [
          blockOn(target.name)('NOT_STREAMING', 'it does not stream, so its former data is kept', {
            detail: classified.reasons.join('; '),
            hint: 'Get it to follow first: `runbook start` repairs what it can. `runbook undo` puts the former data back.',
          }),
        ]
      : []),
    ...others.map(({ keptAs, op }) =>
      finding(
        'warning',
        'REPLACED_DATA_MISSING',
        target.name,
        `${keptAs} is not the directory that operation ${op} set aside; it stays`,
      ),
    ),
  ];
}
