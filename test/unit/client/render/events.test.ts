import { describe, expect, it } from 'vitest';
import type { RunView } from '../../../../client/run-view.js';
import { createRateMeter } from '../../../../client/rate.js';
import { eventLines } from '../../../../client/render/events.js';
import * as sample from '../sample.js';

process.env['TZ'] = 'UTC';
const MB = 1024 ** 2;

const copied = (bytesDone: number, second: number): RunView => {
  const [progress] = Object.values(sample.copying.progress);
  if (progress === undefined) throw new Error('the sample copies nothing');
  const at = new Date(Date.UTC(2026, 10, 24, 20, 48, second)).toISOString();
  const { bytesPerSecond: _, etaSeconds: __, ...bare } = progress;
  return { ...sample.copying, at, progress: { follower1: { ...bare, at, bytesDone } } };
};

describe('event lines', () => {
  it('tell once that a window is waited for, and when it opens', () => {
    const told = eventLines(sample.atGates, sample.atWindow).filter((line) => line.includes('window'));
    expect(told).toEqual([
      '20:47:40 follower1: the copy waits for the window 22:00-06:00 Europe/Berlin, opens 22:00 (in 1 d 00 h)',
    ]);
    expect(eventLines(sample.atWindow, sample.atWindow).join()).not.toContain('window');
  });

  it('tell of a gate once, and how to read its card', () => {
    const lines = eventLines(undefined, sample.atGates);
    expect(lines[0]).toBe('20:47:00 orders: started by alice');
    expect(lines).toContain(
      '20:47:05 follower1: gate wipe-follower/follower1 is open; read the card with: runbook show orders',
    );
    expect(eventLines(sample.atGates, sample.atGates)).toEqual([]);
  });

  it('tell of steps, decisions, a parked failure and the end', () => {
    const working = eventLines(sample.atGates, sample.copying).join('\n');
    expect(working).toContain('leader: Restart the leader done: seen on the host');
    expect(working).toContain('change-leader: approved by bob');
    expect(working).toContain('follower1: Base backup ...');
    expect(eventLines(sample.copying, sample.parked)).toEqual([
      '20:47:41 follower1: BLOCKED at Base backup: follower1: the disk filled up during the copy [COPY_NO_SPACE]; ' +
        'decide with: runbook resume orders --follower follower1 (--retry, --abort)',
    ]);
    const end = eventLines(sample.copying, sample.done);
    expect(end.slice(-2)).toEqual([
      '20:47:55 follower1: done',
      '20:47:55 orders: done: the followers stream from the leader',
    ]);
  });

  it('are one per 10 % of a copy', () => {
    const looks = Array.from({ length: 100 }, (_, index) => copied(index * 3.12 * MB, index));
    const lines = looks.flatMap((view, index) => (index === 0 ? [] : eventLines(looks[index - 1], view)));
    expect(lines).toHaveLength(9);
    expect(lines[0]).toContain('follower1: copied 10 %, ');
  });

  it('never hold a line break or a control sequence', () => {
    const failure = { ...sample.parked.followers['follower1']?.failure, message: 'two\nlines' };
    const view = {
      ...sample.parked,
      followers: { follower1: { ...sample.parked.followers['follower1'], failure } },
    } as RunView;
    for (const line of eventLines(undefined, view)) expect(line).not.toContain('\n');
  });

  it('tell when the worker goes and comes back', () => {
    expect(eventLines(sample.atGates, { ...sample.withoutWorker, at: sample.atGates.at })).toEqual([
      '20:47:08 orders: no worker has answered within five seconds [WORKER_ABSENT]',
    ]);
    expect(eventLines(sample.withoutWorker, sample.atGates).at(-1)).toBe(
      '20:47:08 orders: a worker is there again',
    );
  });
});

describe('the rate of a copy', () => {
  it('is measured between looks', () => {
    const meter = createRateMeter();
    meter(copied(0, 0));
    meter(copied(10 * MB, 1));
    const { progress } = meter(copied(40 * MB, 4));
    expect(progress['follower1']).toMatchObject({ bytesPerSecond: 10 * MB, etaSeconds: 28 });
  });

  it('is taken from the beginning of the step at a first look', () => {
    const started = sample.copying.followers['follower1']?.steps.find(
      ({ id }) => id === 'takeBaseBackup',
    )?.startedAt;
    const seconds = (Date.UTC(2026, 10, 24, 20, 48, 0) - Date.parse(started ?? '')) / 1000;
    const { progress } = createRateMeter()(copied(56 * MB, 0));
    expect(progress['follower1']?.bytesPerSecond).toBe(Math.round((56 * MB) / seconds));
  });

  it('begins anew with another job', () => {
    const meter = createRateMeter();
    meter(copied(200 * MB, 0));
    const next = copied(1 * MB, 30);
    const [progress] = Object.values(next.progress);
    if (progress === undefined) throw new Error('no progress');
    const seen = meter({ ...next, progress: { follower1: { ...progress, job: '1f2e3d4c/2' } } });
    expect(seen.progress['follower1']?.bytesPerSecond).toBeGreaterThan(0);
  });
});
