import { expect, it } from 'vitest';
import { exitCodeOf, runExitCode } from '../../../client/exit-codes.js';
import { parseDuration } from '../../../client/config/duration.js';
import * as sample from './sample.js';

it.each([
  ['CONFIG_INVALID', 2],
  ['USAGE', 2],
  ['GATE_CHANGED', 3],
  ['RUN_OPEN', 3],
  ['RUN_STUCK', 5],
  ['RUN_NOT_FOUND', 6],
  ['WORKER_ABSENT', 7],
  ['UNKNOWN_OUTCOME', 7],
  ['TIMED_OUT', 124],
  ['INTERNAL', 1],
] as const)('%s ends a command with %i', (code, exit) => {
  expect(exitCodeOf(code)).toBe(exit);
});

it.each([
  ['at gates', sample.atGates, 3],
  ['copying', sample.copying, 0],
  ['parked', sample.parked, 3],
  ['done', sample.done, 0],
  ['partly done', { ...sample.done, outcome: 'partial' as const }, 5],
  ['rejected', { ...sample.done, outcome: 'rejected' as const }, 4],
  ['ended from outside', { ...sample.copying, status: 'TERMINATED' }, 5],
])('a run that is %s', (_what, view, exit) => {
  expect(runExitCode(view, view.status)).toBe(exit);
});

it.each([
  ['30s', 30_000],
  ['10m', 600_000],
  ['1.5h', 5_400_000],
  ['3d', 259_200_000],
  ['250ms', 250],
  ['0s', undefined],
  ['10', undefined],
  ['-1h', undefined],
  ['soon', undefined],
  [24, undefined],
])('%j as a time', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});
