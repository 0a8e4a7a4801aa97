import { describe, expect, it } from 'vitest';
import { forkPoint, parseTimelineHistory } from '../../../../planning/postgres/timeline-history.js';

const history = (...lines: [number, string][]) => lines.map(([timeline, lsn]) => ({ timeline, lsn }));

describe('a timeline history file', () => {
  it('names each timeline it came from and where it left it', () => {
    expect(
      parseTimelineHistory('1\t0/3000148\tno recovery target specified\n\n2\t0/A0000F8\tbefore 2026-01-01\n'),
    ).toEqual(history([1, '0/3000148'], [2, '0/A0000F8']));
    expect(parseTimelineHistory('')).toEqual([]);
    expect(parseTimelineHistory('# a comment\nnonsense\n')).toEqual([]);
  });
});

describe('two histories part', () => {
  const at = (timeline: number, ...lines: [number, string][]) => ({ timeline, history: history(...lines) });

  it.each([
    [
      'where the leader left the old leader’s timeline',
      at(1),
      at(2, [1, '0/300']),
      { timeline: 1, lsn: '0/300' },
    ],
    [
      'where the follower was promoted',
      at(3, [1, '0/100'], [2, '0/500']),
      at(2, [1, '0/100']),
      { timeline: 2, lsn: '0/500' },
    ],
    [
      'where the earlier of two promotions was',
      at(2, [1, '0/500']),
      at(3, [1, '0/400']),
      { timeline: 1, lsn: '0/400' },
    ],
    ['nowhere that can be told, on one timeline', at(2, [1, '0/1']), at(2, [1, '0/1']), undefined],
    ['nowhere that can be told, without the files', at(2), at(3), undefined],
  ])('%s', (_, one, other, expected) => {
    expect(forkPoint(one, other)).toEqual(expected);
    expect(forkPoint(other, one)).toEqual(expected);
  });
});
