import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../../workflows/contract/run-state.js';
import type { ProgressView, RunView } from '../../../../client/run-view.js';
import { withRates } from '../../../../client/rate.js';
import { eventLines } from '../../../../client/render/events.js';
import { renderProgress } from '../../../../client/render/progress.js';
import { renderRun } from '../../../../client/render/run.js';
import * as sample from '../sample.js';

process.env['TZ'] = 'UTC';
const MB = 1024 ** 2;
const GB = 1024 ** 3;

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

  it('tell once who answered a failure, how and why', () => {
    const { followers, ...rest } = sample.copying;
    const answer: Answer = {
      code: 'COPY_NO_SPACE',
      step: 'takeBaseBackup',
      action: 'retry',
      by: 'bob',
      at: '2026-11-24T20:47:50.000Z',
      reason: 'disk grown',
    };
    const [[name, branch] = []] = Object.entries(followers);
    if (name === undefined || branch === undefined) throw new Error('the sample has no follower');
    const answered: RunView = { ...rest, followers: { [name]: { ...branch, answers: [answer] } } };
    expect(eventLines(sample.copying, answered)).toEqual([
      '20:47:50 follower1: COPY_NO_SPACE answered with retry by bob (disk grown)',
    ]);
    expect(eventLines(answered, answered)).toEqual([]);
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
  const withRate = (bytesPerSecond?: number): RunView => {
    const view = copied(56 * MB, 0);
    const progress = view.progress['follower1'];
    if (progress === undefined) throw new Error('no progress');
    const rate = bytesPerSecond === undefined ? {} : { bytesPerSecond };
    return withRates({ ...view, progress: { follower1: { ...progress, ...rate } } });
  };

  it("is the worker's own", () => {
    expect(withRate(10 * MB).progress['follower1']).toMatchObject({
      bytesPerSecond: 10 * MB,
      etaSeconds: 26,
    });
  });

  it('gives no end where nothing moves', () => {
    expect(withRate(0).progress['follower1']?.etaSeconds).toBeUndefined();
  });

  it('is taken from the beginning of the step while there is none', () => {
    const started = sample.copying.followers['follower1']?.steps.find(
      ({ id }) => id === 'takeBaseBackup',
    )?.startedAt;
    const seconds = (Date.UTC(2026, 10, 24, 20, 48, 0) - Date.parse(started ?? '')) / 1000;
    expect(withRate().progress['follower1']?.bytesPerSecond).toBe(Math.round((56 * MB) / seconds));
  });
});

describe('what a copy holds back on the leader', () => {
  const holding = (retained: number, change: Partial<ProgressView> = {}): RunView => {
    const view = copied(56 * MB, 0);
    const progress = view.progress['follower1'];
    if (progress === undefined) throw new Error('no progress');
    const wal = { retainedBytes: retained * GB, budgetBytes: 20 * GB, bytesPerSecond: 0.88 * MB };
    return { ...view, progress: { follower1: { ...progress, wal, ...change } } };
  };
  const style = { color: false, unicode: true, width: 80 };
  const lines = (view: RunView): string[] =>
    Object.values(view.progress).flatMap((progress) => renderProgress(progress, style, '  '));

  it('is forecast', () => {
    expect(lines(holding(1.2))[1]).toBe('  WAL held back 1229 MB of 20 GB, at this rate 80 % in 4 h 47 m');
    const { wal: _, ...rest } = holding(1).progress['follower1'] ?? {};
    expect(lines({ ...holding(1), progress: { follower1: rest as ProgressView } })).toHaveLength(1);
  });

  it('is a warning from the half on, and an event once', () => {
    expect(lines(holding(11)).slice(1)).toEqual([
      '  warning: WAL held back 11 GB of 20 GB, at this rate 80 % in 1 h 37 m; at 80 %',
      '           the copy is stopped and its slot dropped',
    ]);
    expect(eventLines(holding(9.9), holding(10)).join('\n')).toContain(
      'follower1: warning: WAL held back 10 GB of 20 GB, at this rate 80 % in 1 h 56 m',
    );
    expect(eventLines(holding(10), holding(11)).join('\n')).not.toContain('warning');
  });

  it('stands beside what else is to be said of the copy', () => {
    const still = { standsStillSince: '2026-11-24T20:46:00.000Z', at: '2026-11-24T20:48:00.000Z' };
    expect(lines(holding(1, { ...still, leaderUnreachable: true, ageMs: 0 }))[0]).toMatch(
      /, as its disk shows it, no growth for 2 m 00 s$/,
    );
    expect(eventLines(holding(1), holding(1, still)).join('\n')).toMatch(
      /follower1: the copy has not grown since \d\d:46:00/,
    );
    expect(lines(holding(1, { phase: 'replaying', bytesDone: MB, bytesTotal: 3 * MB, ageMs: 0 }))).toEqual([
      '  replaying, 2048 kB to go',
    ]);
  });

  it('is told of a run without a worker too, with its age', () => {
    const { progress } = holding(11, { ageMs: 125_000 });
    const text = renderRun({ ...sample.withoutWorker, progress }, style);
    expect(text).toContain('  follower1, as last told:\n');
    expect(text).toContain('56 MB of 312 MB');
    expect(text).toContain('seen 2 m 05 s ago');
  });
});
