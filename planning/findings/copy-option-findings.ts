import type { RunConfig } from '../../workflows/contract/config.js';
import { CODES } from '../../workflows/contract/codes.js';
import type { Finding, FollowerPlan } from '../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../workflows/contract/target.js';
import { isTimeZone, opensAt, windowText } from '../../workflows/contract/time-window.js';
import type { TimeWindow } from '../../workflows/contract/time-window.js';
import { formatDuration } from '../format.js';
import { windowsOf } from '../planned-windows.js';
import { windowsMeet } from '../windows-meet.js';
import { canCompress } from '../step-commands.js';
import { finding } from './finding.js';

/** What becomes of the configuration's wishes for the copies: when they begin, and how they travel. */
export function copyOptionFindings(
  config: RunConfig,
  leader: LeaderTarget,
  followers: readonly FollowerPlan[],
  at: number,
): Finding[] {
  const copies = followers.filter(({ target }) => target.remedy === 'copy' && target.class !== 'copied');
  const unknown = unknownZones(config);
  return [
    ...unknown,
    ...copies.flatMap((follower) => [
      ...compression(config, leader, follower),
      ...(unknown.length > 0
        ? []
        : [...neverOpen(config, follower, at), ...outlivedApproval(config, follower, at)]),
    ]),
  ];
}

function unknownZones(config: RunConfig): Finding[] {
  const zones = new Set(Object.values(windowsOf(config)).map(({ timeZone }) => timeZone));
  return [...zones]
    .filter((zone) => !isTimeZone(zone))
    .map((zone) => ({
      severity: 'blocker',
      code: 'WINDOW_ZONE_UNKNOWN',
      message: `the worker does not know the time zone ${zone}`,
      hint: CODES.WINDOW_ZONE_UNKNOWN.action,
    }));
}

function compression({ copy }: RunConfig, leader: LeaderTarget, { target }: FollowerPlan): Finding[] {
  if (copy.compress === undefined || canCompress(leader, target)) return [];
  return [
    finding(
      'warning',
      'COMPRESSION_UNSUPPORTED',
      target.name,
      `the copy travels uncompressed: PostgreSQL ${leader.location.version} cannot compress it with ${copy.compress}`,
      { hint: 'Set `copy.compress: none`, or leave it as it is.' },
    ),
  ];
}

/** In place the old data goes right before its copy begins, so both windows have to be open. */
function neverOpen(config: RunConfig, { target }: FollowerPlan, at: number): Finding[] {
  const { copy, swap } = windowsOf(config);
  if (target.mode !== 'in-place' || copy === undefined || swap === undefined) return [];
  if (windowsMeet(copy, swap, at)) return [];
  return [
    finding(
      'blocker',
      'WINDOWS_NEVER_MEET',
      target.name,
      'in place the copy begins when the old data is deleted, and the windows of the two are never open together',
      { detail: `The copy: ${windowText(copy)}. The old data: ${windowText(swap)}.` },
    ),
  ];
}

/** As if somebody approved the very moment the plan was made; later is better, so this is the least to know. */
function outlivedApproval(
  config: RunConfig,
  { target, seconds, retainedWalBytes }: FollowerPlan,
  at: number,
): Finding[] {
  const { copy, swap } = windowsOf(config);
  const until = at + config.approval.validForMs;
  // A slot that is there already: the copy has begun, and goes on at any time.
  const begins = copy === undefined || retainedWalBytes !== undefined ? at : opensAt(copy, at);
  if (copy !== undefined && begins > until) return [tooLate(config, target.name, 'copy', copy, begins - at)];
  if (swap === undefined) return [];
  const copied = begins + seconds * 1_000;
  const swaps = opensAt(swap, copied);
  // A copy that takes that long by itself is no matter of its window.
  return swaps > until && copied <= until ? [tooLate(config, target.name, 'swap', swap, swaps - at)] : [];
}

const tooLate = (
  { approval }: RunConfig,
  host: string,
  what: 'copy' | 'swap',
  window: TimeWindow,
  inMs: number,
): Finding =>
  finding(
    'warning',
    'WINDOW_AFTER_APPROVAL',
    host,
    `an approval given now is no longer valid when the window of the ${what} opens, so it is asked for once more`,
    {
      detail: `It is valid for ${formatDuration(approval.validForMs)}; ${windowText(window)} opens in ${formatDuration(inMs)}.`,
    },
  );
