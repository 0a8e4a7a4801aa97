import type { Finding } from '../../workflows/contract/plan.js';
import type { FollowerClass, FollowerTarget } from '../../workflows/contract/target.js';
import { serviceCommand } from '../service.js';
import { IDENTIFIED_CLASSES, REFUSED_CLASSES, type Classified } from '../classify.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { blockOn, finding } from './finding.js';
import { emptyingFindings, inPlaceFindings } from './in-place-findings.js';
import { layoutFindings } from './layout-findings.js';
import { linkedFindings, mountedFindings } from './linked-findings.js';
import { recoveryFindings } from './recovery-findings.js';
import { repairFindings } from './repair-findings.js';
import { roomFindings } from './room-findings.js';
import { placeFindings } from './side-by-side-findings.js';
import { sessionList } from './session-list.js';

const SEEN_AS: Partial<Record<FollowerClass, string>> = {
  unreadable: 'what would be lost in its data directory cannot be told',
  'standby-of-other': 'it follows another leader',
  subscriber: 'it receives data by logical replication',
  diverged: 'it was this leader, or a copy of it, and has a history of its own since',
  'leader-like': 'others replicate from it',
  foreign: 'it has data of its own',
};

/** What stands against replacing, or following with, this follower. */
export function followerFindings(
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  target: FollowerTarget,
  classified: Classified,
): Finding[] {
  const host = target.name;
  const block = blockOn(host);
  if (classified.class === 'healthy') return [];
  const refused = REFUSED_CLASSES[classified.class];
  if (refused !== undefined)
    return [
      block(refused, SEEN_AS[classified.class] ?? 'it cannot be replaced', {
        detail: classified.reasons.join('; '),
      }),
    ];
  if (target.remedy === 'start' || target.remedy === 'repair')
    return repairFindings(facts, leader.server, target, classified);
  const found: Finding[] = classFindings(facts, target, classified);
  if (Number(facts.listing.version) !== leader.server.majorVersion)
    found.push(
      block(
        'VERSION_MISMATCH',
        `it has PostgreSQL ${facts.listing.version}, the leader ${String(leader.server.majorVersion)}`,
      ),
    );
  if (target.clientAddress === '')
    found.push(
      block('CLIENT_ADDRESS_DIFFERS', 'no route to the leader tells its source address', {
        hint: "Set the follower's `address:`.",
      }),
    );
  const [own, leaders] = [facts.host.architecture, leader.facts.host.architecture];
  if (own !== leaders && own !== '' && leaders !== '')
    found.push(block('ARCHITECTURE_DIFFERS', `its processors are ${own}, the leader's ${leaders}`));
  if (classified.class === 'copied') return found;
  const begun = classified.class === 'partial' || classified.begun === true;
  found.push(...layoutFindings(facts), ...linkedFindings(leader.server, facts, target, block, begun));
  if (target.mode === 'in-place') found.push(...inPlace(leader, facts, target, classified));
  else {
    const against = [...placeFindings(facts, block), ...mountedFindings(leader.server, facts, target, block)];
    found.push(...against.map((one) => withoutWayOut(one, classified)));
    if (!begun) found.push(...roomFindings(leader, facts, target, block));
  }
  if (facts.server !== undefined && facts.server.clientSessions > 0)
    found.push({
      ...block('FOLLOWER_IN_USE', `clients are connected to it: ${String(facts.server.clientSessions)}`, {
        detail: sessionList(facts.server),
        hint: 'Disconnect them first; `pg_stat_activity` there lists them.',
      }),
      severity: 'warning', // the gate before the swap asks, and shows who is connected then
    });
  found.push(...recoveryFindings(facts));
  return found;
}

/** What stands against a copy side by side says why it is not made in place. */
function withoutWayOut(found: Finding, { mode }: Classified): Finding {
  const said = found.message.replace(`${found.host ?? ''}: `, '');
  const because = (mode?.because ?? []).filter((text) => !text.endsWith(said));
  if (because.length === 0 || found.detail !== undefined) return found;
  return { ...found, detail: `${because.join('; ')}.` };
}

/** What goes, and cannot be had back, is said loudly; what is gone already is not said again. */
function inPlace(
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  target: FollowerTarget,
  { mode, begun }: Classified,
): Finding[] {
  const { name: host, location } = target;
  if (begun === true)
    return emptyingFindings(facts, blockOn(host)).filter(({ code }) => code === 'MOUNT_BELOW');
  const detail = `In place, because: ${(mode?.because ?? []).join('; ')}.`;
  return [
    finding(
      'warning',
      'COPY_IN_PLACE',
      host,
      `all data in ${location.dataDirectory} is deleted before the copy; it cannot be had back, whatever comes of the copy`,
      { detail },
    ),
    ...inPlaceFindings(leader, facts, target, blockOn(host)),
  ];
}

/** What has to be known before data that nobody else has is taken away. */
function classFindings(facts: ClusterFacts, target: FollowerTarget, classified: Classified): Finding[] {
  const { name: host } = target;
  const code = IDENTIFIED_CLASSES[classified.class];
  const message = SEEN_AS[classified.class];
  if (code === undefined || message === undefined) return [];
  const detail = `${classified.reasons.join('; ')}.`;
  if (classified.class === 'unreadable' && facts.files.running)
    return [
      finding('blocker', code, host, 'a server works in its data directory, but takes no connection', {
        detail: 'Neither its databases nor its clients can be listed.',
        hint: `Look at its log. If nobody needs it, stop it with \`${serviceCommand(target.location, 'stop')}\`.`,
      }),
    ];
  return [finding('warning', code, host, message, { detail })];
}
