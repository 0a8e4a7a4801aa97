import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/common';
import { expect, it } from 'vitest';
import { createWorkerLog, temporalLogger } from '../../../worker/worker-log.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

it('writes one JSON line an event, without the task token, errors as name and message', () => {
  const file = join(temporaryDirectory(), 'logs', 'worker.log');
  const logger = temporalLogger(createWorkerLog({ file, level: 'info' }));
  const error = ApplicationFailure.create({ message: 'leader: no answer', type: 'HOST_UNREACHABLE' });
  logger.warn('Activity failed', { taskToken: 'c2VjcmV0', attempt: 3, size: 1n, error });
  logger.debug('below the level');
  logger.error('boom', { error: new TypeError('a bug\nin two lines') });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 40,
      time: expect.any(Number) as number,
      attempt: 3,
      size: '1',
      error: { name: 'ApplicationFailure', message: 'leader: no answer' },
      msg: 'Activity failed',
    },
    expect.objectContaining({
      level: 50,
      error: {
        name: 'TypeError',
        message: 'a bug\nin two lines',
        stack: expect.stringContaining('worker-log.test') as string,
      },
    }),
  ]);
});
