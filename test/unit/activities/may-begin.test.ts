import { expect, it } from 'vitest';
import { mayBegin } from '../../../activities/may-begin.js';

const NIGHT = { beginSecond: 79_200, endSecond: 21_600, timeZone: 'UTC' };

it.each([
  ['inside', '23:00:00', true],
  ['a little before: the clocks differ', '21:55:00', true],
  ['a little after', '06:04:59', true],
  ['well before', '21:54:59', false],
  ['hours later, when a worker came at last', '10:00:00', false],
])('%s', (_, time, expected) => {
  expect(mayBegin(NIGHT, Date.parse(`2026-01-01T${time}Z`))).toBe(expected);
});

it('without a window at any time', () => {
  expect(mayBegin(undefined, 0)).toBe(true);
});
