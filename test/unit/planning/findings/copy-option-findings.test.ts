import { describe, expect, it } from 'vitest';
import { copyOptionFindings } from '../../../../planning/findings/copy-option-findings.js';
import { plannedWindows } from '../../../../planning/planned-windows.js';
import { backupArguments } from '../../../../planning/step-commands.js';
import type { RunConfig } from '../../../../workflows/contract/config.js';
import type { FollowerPlan } from '../../../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../../../workflows/contract/target.js';
import type { TimeWindow } from '../../../../workflows/contract/time-window.js';
import { samplePlan } from '../../client/sample.js';
import { sampleConfig } from '../sample-facts.js';

const HOUR = 3_600_000;
const NIGHT: TimeWindow = { beginSecond: 79_200, endSecond: 21_600, timeZone: 'Europe/Berlin' };
/** 18:50 in Berlin. */
const EVENING = Date.parse('2026-11-25T17:50:00.000Z');

const [follower] = Object.values(samplePlan.followers);
if (follower === undefined || samplePlan.leader === undefined) throw new Error('the sample has no pair');
const leader = samplePlan.leader.target;

function configOf(
  change: Partial<RunConfig['copy']>,
  approval: Partial<RunConfig['approval']> = {},
): RunConfig {
  const config = sampleConfig(change);
  return { ...config, approval: { ...config.approval, validForMs: 24 * HOUR, ...approval } };
}

const on = (version: string, target: LeaderTarget = leader): LeaderTarget => ({
  ...target,
  location: { ...target.location, version },
});

const followerWith = (change: Partial<FollowerPlan>, version = '15'): FollowerPlan => ({
  ...follower,
  ...change,
  target: {
    ...follower.target,
    ...change.target,
    location: { ...follower.target.location, version },
  },
});

const found = (config: RunConfig, one: FollowerPlan = follower, from: LeaderTarget = leader) =>
  copyOptionFindings(config, from, [one], EVENING);

describe('compression', () => {
  it('is done by the leader where both can', () => {
    const config = configOf({ compress: 'zstd' });
    expect(found(config)).toEqual([]);
    expect(backupArguments(config, leader, follower.target)).toContain('server-zstd:1');
    expect(backupArguments(configOf({}), leader, follower.target)).not.toContain('-Z');
  });

  it('is left out, with a warning, where one cannot', () => {
    const config = configOf({ compress: 'zstd' });
    const old = followerWith({}, '14');
    expect(found(config, old, on('14'))).toMatchObject([
      { severity: 'warning', code: 'COMPRESSION_UNSUPPORTED', host: 'follower1' },
    ]);
    expect(backupArguments(config, on('14'), old.target)).not.toContain('-Z');
    expect(backupArguments(config, on('15'), old.target)).not.toContain('-Z');
    expect(found(configOf({}), old, on('14'))).toEqual([]);
  });
});

describe('windows', () => {
  it('are told with their next opening, and nothing without them', () => {
    expect(plannedWindows(configOf({}), EVENING)).toEqual({});
    expect(plannedWindows(configOf({ beginWindow: NIGHT }, { swapWindow: NIGHT }), EVENING)).toEqual({
      windows: Object.fromEntries(
        ['copy', 'swap'].map((what) => [
          what,
          { window: '22:00-06:00 Europe/Berlin', opensAt: '2026-11-25T21:00:00.000Z', opens: '22:00' },
        ]),
      ),
    });
  });

  it.each<[string, number, Partial<FollowerPlan>, string[]]>([
    ['lasts until the window opens', 4 * HOUR, {}, []],
    ['does not', 3 * HOUR, {}, ['WINDOW_AFTER_APPROVAL']],
    ['need not, as the copy has begun', 3 * HOUR, { retainedWalBytes: 1 }, []],
    ['need not, as nothing is copied', 3 * HOUR, { target: { ...follower.target, remedy: 'repair' } }, []],
  ])('of copies: an approval %s', (_, validForMs, change, codes) => {
    const config = configOf({ beginWindow: NIGHT }, { validForMs });
    expect(found(config, followerWith(change)).map(({ code }) => code)).toEqual(codes);
  });

  it.each<[string, number, number, string[]]>([
    ['lasts until the window opens', 4 * HOUR, 60, []],
    ['does not', 3 * HOUR, 60, ['WINDOW_AFTER_APPROVAL']],
    ['misses tonight with a copy that takes till noon', 24 * HOUR, 16 * 3_600, ['WINDOW_AFTER_APPROVAL']],
    ['is outlived by the copy itself, which is no matter of the window', 3 * HOUR, 5 * 3_600, []],
  ])('of swaps: an approval %s', (_, validForMs, seconds, codes) => {
    const config = configOf({}, { validForMs, swap: 'window', swapWindow: NIGHT });
    const findings = found(config, followerWith({ seconds }));
    expect(findings.map(({ code }) => code)).toEqual(codes);
    if (codes.length > 0) expect(findings[0]?.message).toContain('window of the swap');
  });

  it('in a zone the worker does not know are a blocker of the whole run', () => {
    const config = configOf({ beginWindow: { ...NIGHT, timeZone: 'Mars/Olympus' } });
    expect(found(config)).toMatchObject([{ severity: 'blocker', code: 'WINDOW_ZONE_UNKNOWN' }]);
    expect(found(config)[0]).not.toHaveProperty('host');
    expect(plannedWindows(config, EVENING)).toEqual({});
  });
});

describe('windows of a copy in place', () => {
  const NOON: TimeWindow = { beginSecond: 43_200, endSecond: 46_800, timeZone: 'Europe/Berlin' };
  const LATE: TimeWindow = { beginSecond: 75_600, endSecond: 79_260, timeZone: 'Europe/Berlin' };
  const inPlace = followerWith({ target: { ...follower.target, mode: 'in-place' } });

  it.each([
    ['never meet', NOON, inPlace, ['WINDOWS_NEVER_MEET']],
    ['never meet, and need not side by side', NOON, follower, []],
    ['meet for a minute', LATE, inPlace, []],
    ['are one', NIGHT, inPlace, []],
  ])('%s', (_, swapWindow, one, codes) => {
    const config = configOf({ beginWindow: NIGHT }, { swapWindow });
    const seen = found(config, one).filter(({ code }) => code === 'WINDOWS_NEVER_MEET');
    expect(seen.map(({ code }) => code)).toEqual(codes);
    expect(seen.every(({ severity }) => severity === 'blocker')).toBe(true);
  });
});
