import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isOpen,
  opensAt,
  parseTimeWindow,
  windowNote,
  windowText,
} from '../../../workflows/contract/time-window.js';
import type { TimeWindow } from '../../../workflows/contract/time-window.js';

function windowOf(text: string): TimeWindow {
  const read = parseTimeWindow(text);
  if ('problem' in read) throw new Error(read.problem);
  return read;
}

const at = (iso: string): number => Date.parse(iso);
const opens = (text: string, from: string): string =>
  new Date(opensAt(windowOf(text), at(from))).toISOString();

describe('a window', () => {
  it.each([
    ['22:00-06:00 Europe/Berlin', '22:00-06:00 Europe/Berlin'],
    ['  7:05 -  9:00   UTC ', '07:05-09:00 UTC'],
    ['20:00-24:00 America/New_York', '20:00-00:00 America/New_York'],
    ['00:00-23:59 Asia/Kathmandu', '00:00-23:59 Asia/Kathmandu'],
  ])('%s', (text, expected) => {
    expect(windowText(windowOf(text))).toBe(expected);
  });

  it.each([
    ['', 'two times and a zone'],
    ['22:00 Europe/Berlin', 'two times and a zone'],
    ['22-06 Europe/Berlin', 'two times and a zone'],
    ['22:00-06:00', 'needs a time zone'],
    ['25:00-06:00 UTC', '25:00 is not a time of day'],
    ['24:00-06:00 UTC', '24:00 is not a time of day'],
    ['22:00-06:60 UTC', '06:60 is not a time of day'],
    ['00:00-24:00 UTC', 'begins and ends at the same time'],
    ['22:00-06:00 Europe/Atlantis', '"Europe/Atlantis" is not a time zone'],
    ['22:00-06:00 +02:00', '"+02:00" is not a time zone'],
  ])('is not %j', (text, expected) => {
    expect(parseTimeWindow(text)).toMatchObject({ problem: expect.stringContaining(expected) as string });
  });

  it.each([
    ['open at its first minute', '22:00-06:00 UTC', '2026-01-01T22:00:00.000Z', true],
    ['closed right before', '22:00-06:00 UTC', '2026-01-01T21:59:59.999Z', false],
    ['open over midnight', '22:00-06:00 UTC', '2026-01-02T00:00:00.000Z', true],
    ['open in its last moment', '22:00-06:00 UTC', '2026-01-02T05:59:59.999Z', true],
    ['closed at its end', '22:00-06:00 UTC', '2026-01-02T06:00:00.000Z', false],
    ['closed at midnight where it ends there', '20:00-24:00 UTC', '2026-01-02T00:00:00.000Z', false],
    ['on the clocks of its zone', '22:00-06:00 Europe/Berlin', '2026-01-01T21:00:00.000Z', true],
    ['in summer an hour earlier', '22:00-06:00 Europe/Berlin', '2026-07-01T20:00:00.000Z', true],
    ['in a zone with odd minutes', '12:00-12:01 Asia/Kathmandu', '2026-07-01T06:15:30.000Z', true],
  ])('is %s', (_, text, when, expected) => {
    expect(isOpen(windowOf(text), at(when))).toBe(expected);
  });

  // Berlin: 2026-03-29 02:00 is 03:00 (01:00Z), 2026-10-25 03:00 is 02:00 again (01:00Z).
  it.each([
    ['at once where it is open', '22:00-06:00 UTC', '2026-01-01T23:17:03.500Z', '2026-01-01T23:17:03.500Z'],
    ['later today', '22:00-06:00 UTC', '2026-01-01T18:50:00.001Z', '2026-01-01T22:00:00.000Z'],
    ['tomorrow', '08:00-09:00 UTC', '2026-01-01T09:00:00.000Z', '2026-01-02T08:00:00.000Z'],
    [
      'the night the clocks go forward',
      '22:00-06:00 Europe/Berlin',
      '2026-03-29T12:00:00Z',
      '2026-03-29T20:00:00.000Z',
    ],
    [
      'the night they go back',
      '22:00-06:00 Europe/Berlin',
      '2026-10-25T12:00:00Z',
      '2026-10-25T21:00:00.000Z',
    ],
    [
      'after a begin that was left out',
      '02:30-04:00 Europe/Berlin',
      '2026-03-29T00:00:00Z',
      '2026-03-29T01:00:00.000Z',
    ],
    [
      'the next day where all of it was',
      '02:15-02:45 Europe/Berlin',
      '2026-03-29T00:00:00Z',
      '2026-03-30T00:15:00.000Z',
    ],
    [
      'a second time where it comes twice',
      '02:00-02:30 Europe/Berlin',
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:00:00.000Z',
    ],
    [
      'past a day that was left out',
      '08:00-09:00 Pacific/Apia',
      '2011-12-29T20:00:00Z',
      '2011-12-30T18:00:00.000Z',
    ],
  ])('opens %s', (_, text, from, expected) => {
    expect(opens(text, from)).toBe(expected);
  });

  it('opens to the second', () => {
    const window = { beginSecond: 36_005, endSecond: 36_010, timeZone: 'Europe/Berlin' };
    for (const [from, expected] of [
      ['2026-01-01T09:00:04.200Z', '2026-01-01T09:00:05.000Z'],
      ['2026-01-01T09:00:07.200Z', '2026-01-01T09:00:07.200Z'],
      ['2026-01-01T09:00:10.000Z', '2026-01-02T09:00:05.000Z'],
    ] as const)
      expect(opensAt(window, at(from))).toBe(at(expected));
  });

  it('is noted with the time on its own clocks', () => {
    expect(windowNote(windowOf('02:30-04:00 Europe/Berlin'), at('2026-03-29T00:00:00Z'))).toEqual({
      window: '02:30-04:00 Europe/Berlin',
      opensAt: '2026-03-29T01:00:00.000Z',
      opens: '03:00',
    });
  });

  it('has no closed minute after its opening, and no open one before', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Antarctica/Troll',
    );
    // A year with every change of its clocks.
    const when = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-01-01T00:00:00Z') });
    fc.assert(
      fc.property(minute, minute, zone, when, (begin, end, timeZone, from) => {
        fc.pre(begin !== end);
        const window = { beginSecond: begin * 60, endSecond: end * 60, timeZone };
        const opening = opensAt(window, from);
        expect(isOpen(window, opening)).toBe(true);
        expect(opening).toBeGreaterThanOrEqual(from);
        // At most a day ahead, two where a change of clocks has left out the whole window.
        expect(opening - from).toBeLessThan(49 * 3_600_000);
        for (let step = 1; step <= 20; step += 1) {
          const before = from + ((opening - from) * step) / 21;
          if (before < opening) expect(isOpen(window, before)).toBe(false);
        }
        if (opening > from) expect(isOpen(window, opening - 1)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  it('reads what it writes', () => {
    const minute = fc.integer({ min: 0, max: 1_439 });
    fc.assert(
      fc.property(minute, minute, (begin, end) => {
        fc.pre(begin !== end);
        const window = { beginSecond: begin * 60, endSecond: end * 60, timeZone: 'Europe/Berlin' };
        expect(parseTimeWindow(windowText(window))).toEqual(window);
      }),
    );
  });
});
