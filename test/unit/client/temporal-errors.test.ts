import { ServiceError } from '@temporalio/client';
import { expect, it } from 'vitest';
import { isNoAnswer, isNobodyPolling } from '../../../client/temporal-errors.js';

/** As the SDK hands on what the server has answered to a query. */
const answered = (code: number, details: string): ServiceError =>
  new ServiceError('Failed to query Workflow', {
    cause: Object.assign(new Error(`${String(code)} ${details}`), { code, details, metadata: {} }),
  });

it.each([
  [9, 'no poller seen for task queue recently, worker may be down', true],
  [9, 'Unable to query workflow due to Workflow Task in failed state.', false],
  [3, 'no poller seen', false],
])('%i %s: nobody polls: %s', (code, details, expected) => {
  expect(isNobodyPolling(answered(code, details))).toBe(expected);
  expect(isNoAnswer(answered(code, details))).toBe(false);
});

it('an answer that did not come in time is another thing', () => {
  expect(isNobodyPolling(answered(4, 'Deadline exceeded'))).toBe(false);
  expect(isNoAnswer(answered(4, 'Deadline exceeded'))).toBe(true);
});
