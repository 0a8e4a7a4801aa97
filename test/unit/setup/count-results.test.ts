import { describe, expect, it } from 'vitest';
import { countResults, summaryLine, totals } from '../../count-results.mjs';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe('countResults', () => {
  it.each([
    ['all passed', [file('passed', 'passed', 'passed')], 0, { passed: 2, failed: 0, skipped: 0 }],
    ['one failed', [file('failed', 'passed', 'failed')], 1, { passed: 1, failed: 1, skipped: 0 }],
    [
      'a file that does not load',
      [file('passed', 'passed'), file('failed')],
      1,
      { passed: 1, failed: 1, skipped: 0 },
    ],
    ['a hook that failed', [file('failed', 'passed')], 1, { passed: 1, failed: 1, skipped: 0 }],
    [
      'skipped and todo',
      [file('passed', 'passed', 'skipped', 'todo')],
      0,
      { passed: 1, failed: 0, skipped: 2 },
    ],
    ['an unhandled error', [file('passed', 'passed')], 1, { passed: 1, failed: 1, skipped: 0 }],
    ['no results', undefined, 1, { passed: 0, failed: 1, skipped: 0 }],
    ['no tests at all', [], 0, { passed: 0, failed: 1, skipped: 0 }],
  ])('%s', (_what, testResults, exitCode, expected) => {
    expect(countResults(testResults === undefined ? undefined : { testResults }, exitCode)).toEqual(expected);
  });
});

it('skipped tests count as failed in the end', () => {
  const parts = [
    { passed: 3, failed: 0, skipped: 1 },
    { passed: 2, failed: 1, skipped: 0 },
  ];
  expect(totals(parts)).toEqual({ passed: 5, failed: 2 });
});

it.each([
  [{ skipped: 0, seconds: 12.4 }, 'unit      3 passed, 0 failed in 12 s (budget 60 s)'],
  [
    { skipped: 2, seconds: 61 },
    'unit      3 passed, 0 failed, 2 skipped (counted as failed) in 61 s (budget 60 s, OVER BUDGET)',
  ],
])('a part is one line: %j', (more, line) => {
  expect(summaryLine({ part: 'unit', passed: 3, failed: 0, budget: 60, ...more })).toBe(line);
});
