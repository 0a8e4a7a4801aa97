import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sendNotification } from '../../../activities/send-notification.js';
import type { Notification } from '../../../workflows/contract/notification.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { writeProgram } from '../../support/write-program.js';

const NOTIFICATION: Notification = {
  event: 'parked',
  cluster: 'orders',
  workflowId: 'replication/orders',
  at: '2026-11-25T09:00:00.000Z',
  branch: 'follower1',
  message: 'follower1: no space',
  hint: 'runbook show orders',
  code: 'COPY_NO_SPACE',
};
const never = new AbortController().signal;

describe('a command', () => {
  it('reads the notification from its stdin, and its kind from the environment; no shell reads its arguments', async () => {
    const folder = temporaryDirectory();
    const told = join(folder, 'told');
    const program = writeProgram(
      folder,
      'page',
      `{ echo "$RUNBOOK_EVENT $RUNBOOK_CLUSTER $1"; cat; } >'${told}'`,
    );
    await sendNotification({ command: [program, '$HOME; id'] }, NOTIFICATION, never);
    const [line, json] = readFileSync(told, 'utf8').split('\n');
    expect(line).toBe('parked orders $HOME; id');
    expect(JSON.parse(json ?? '')).toEqual(NOTIFICATION);
  });

  it.each([
    ['that is not there', ['/nowhere/page'], /\/nowhere\/page failed: spawn .* ENOENT/],
    ['that fails', ['/bin/false'], /\/bin\/false failed: exit status 1/],
  ])('%s is told as such', async (_, command, message) => {
    await expect(sendNotification({ command }, NOTIFICATION, never)).rejects.toMatchObject({
      problem: { code: 'NOTIFY_FAILED', message: expect.stringMatching(message) as string },
    });
  });
});

describe('a webhook', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function answering(status: number): Promise<{ url: string; received: string[] }> {
    const received: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        received.push(`${request.method ?? ''} ${request.headers['content-type'] ?? ''} ${body}`);
        response.writeHead(status).end();
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/secret`, received };
  }

  it('receives the notification', async () => {
    const { url, received } = await answering(204);
    await sendNotification({ webhook: url }, NOTIFICATION, never);
    expect(received).toEqual([`POST application/json ${JSON.stringify(NOTIFICATION)}`]);
  });

  it('that refuses is told without what may be a secret in its address', async () => {
    const { url } = await answering(403);
    await expect(sendNotification({ webhook: url }, NOTIFICATION, never)).rejects.toMatchObject({
      problem: { code: 'NOTIFY_FAILED', message: `${new URL(url).origin} answered 403` },
    });
  });
});
