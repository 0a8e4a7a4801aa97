import type { Finding } from '../../workflows/contract/plan.js';
import type { FollowerClass } from '../../workflows/contract/target.js';
import type { FollowerLook } from '../follower-look.js';
import { raisedStandbySettings, STANDBY_LIMITS, type StandbyLimit } from '../postgres/standby-settings.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { copyApplicationName } from '../step-commands.js';
import { finding } from './finding.js';
import { formerSlotFindings } from './former-slot-findings.js';
import type { Leader } from './joining-findings.js';
import { isLocal, isSame } from './leader-settings-findings.js';
import { pairLocaleFindings } from './pair-locale-findings.js';
import { pairSoftwareFindings } from './pair-software-findings.js';

/** A finished one is left alone; a swapped one must go on, because going back is no safer. */
const NOTHING_TO_SAY: readonly FollowerClass[] = ['healthy', 'copied'];
/** They have the leader's data already: what would forbid a copy is only a warning. */
const HAS_THE_DATA: readonly FollowerClass[] = ['down', 'repairable'];

/** What does not fit between the leader and one follower. */
export function pairFindings(leader: Leader, look: FollowerLook): Finding[] {
  const { class: name } = look.classified;
  if (NOTHING_TO_SAY.includes(name)) return [];
  const found = [
    ...addressFindings(leader, look),
    ...pairSoftwareFindings(leader.server, look),
    ...pairLocaleFindings(leader.facts, leader.server, look),
    ...settingsFindings(leader, look),
    ...synchronousFindings(leader, look),
    ...formerSlotFindings(leader, look),
  ];
  return HAS_THE_DATA.includes(name)
    ? found.map((one) => (one.severity === 'blocker' ? { ...one, severity: 'warning' } : one))
    : found;
}

/** `leader.address` leads to this follower: what would be copied is not the leader. */
function addressFindings({ facts, target }: Leader, look: FollowerLook): Finding[] {
  const leads = (addresses: readonly string[] = []): boolean =>
    addresses.some((text) => !isLocal(text) && isSame(text, target.address));
  if (leads(facts.host.addresses) || !leads(look.facts.host.addresses)) return [];
  return [
    finding(
      'blocker',
      'ADDRESS_NOT_LEADERS',
      look.target.name,
      `leader.address ${target.address} is an address of this host, not of ${target.name}`,
      { hint: "Correct `leader.address`: an address of the leader's own." },
    ),
  ];
}

function settingsFindings({ server, target }: Leader, { facts, target: follower }: FollowerLook): Finding[] {
  const found: Finding[] = [];
  if (facts.server?.settings.hot_standby?.setting === 'off')
    found.push(
      finding(
        'blocker',
        'HOT_STANDBY_OFF',
        follower.name,
        'its configuration has hot_standby off: as a follower it would take no connection',
      ),
    );
  const wanted = limitsOf(server);
  for (const { name, to } of target.settings) if (name in wanted) wanted[name as StandbyLimit] = to;
  const lower = lowerThan(wanted, ownLimits(facts));
  if (lower.length > 0)
    found.push(
      finding(
        'info',
        'FOLLOWER_SETTINGS_LOWER',
        follower.name,
        "its settings are lower than the leader's; the copy is configured with the leader's",
        { detail: `${lower.join(', ')}.` },
      ),
    );
  return found;
}

type Limits = Partial<Record<StandbyLimit, string>>;

const limitsOf = ({ settings }: ServerFacts): Limits =>
  Object.fromEntries(
    STANDBY_LIMITS.flatMap((name) => {
      const setting = settings[name]?.setting;
      return setting === undefined ? [] : [[name, setting]];
    }),
  );

/** Of a stopped server the control file tells what it ran with last. */
const ownLimits = ({ server, files }: ClusterFacts): Limits =>
  server !== undefined
    ? limitsOf(server)
    : Object.fromEntries(
        Object.entries(files.controlData?.limits ?? {}).map(([name, value]) => [name, String(value)]),
      );

function lowerThan(leader: Limits, follower: Limits): string[] {
  const filled = (limits: Limits): Record<StandbyLimit, string> =>
    Object.fromEntries(
      STANDBY_LIMITS.map((name) => [
        name,
        leader[name] === undefined || follower[name] === undefined ? '0' : (limits[name] ?? '0'),
      ]),
    ) as Record<StandbyLimit, string>;
  return Object.entries(raisedStandbySettings(filled(leader), filled(follower))).map(
    ([name, to]) => `${name} ${follower[name as StandbyLimit] ?? ''}, the leader has ${to}`,
  );
}

/** Its WAL sender on the leader: by its slot, else by its address. A copy of ours is none. */
function synchronousFindings({ server }: Leader, { facts, target }: FollowerLook): Finding[] {
  const slot = server.slots.find(({ name }) => name === facts.server?.walReceiver?.slot);
  const senders = server.standbys.filter(
    ({ applicationName }) => applicationName !== copyApplicationName(target),
  );
  const sender =
    senders.find(({ pid }) => pid === slot?.activePid) ??
    senders.find(
      ({ clientAddress }) => clientAddress !== null && isSame(clientAddress, target.clientAddress),
    );
  if (sender?.syncState !== 'sync' && sender?.syncState !== 'quorum') return [];
  return [
    finding(
      'blocker',
      'FOLLOWER_SYNCHRONOUS',
      target.name,
      `the leader waits for it at every commit: it is a synchronous standby (${sender.syncState})`,
    ),
  ];
}
