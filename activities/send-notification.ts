import { spawn } from 'node:child_process';
import type { Notification } from '../workflows/contract/notification.js';
import type { NotifyConfig } from '../workflows/contract/config.js';
import { stepFailure } from './failures.js';

const COMMAND_MS = 30_000;
const WEBHOOK_MS = 10_000;

/** Runs the command, with the notification on its stdin, and posts it to the webhook. @throws NOTIFY_FAILED */
export async function sendNotification(
  { command, webhook }: NotifyConfig,
  notification: Notification,
  signal: AbortSignal,
): Promise<void> {
  const json = JSON.stringify(notification);
  if (command !== undefined) await runCommand(command, notification, json, signal);
  if (webhook !== undefined) await post(webhook, json, signal);
}

/** No shell: the words are the program and its arguments. */
async function runCommand(
  [program = '', ...args]: string[],
  { event, cluster }: Notification,
  json: string,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(program, args, {
    env: { ...process.env, RUNBOOK_EVENT: event, RUNBOOK_CLUSTER: cluster },
    stdio: ['pipe', 'ignore', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(COMMAND_MS)]),
    killSignal: 'SIGKILL',
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-1_000);
  });
  child.stdin.on('error', () => undefined); // a command need not read it
  child.stdin.end(`${json}\n`);
  const ended = await new Promise<string>((resolve) => {
    child.once('error', ({ message }) => {
      resolve(message);
    });
    child.once('close', (code, killedBy) => {
      resolve(code === 0 ? '' : (killedBy ?? `exit status ${String(code)}`));
    });
  });
  if (ended !== '') throw notifyFailed(`${program} failed: ${ended}`, stderr.trim());
}

async function post(url: string, body: string, signal: AbortSignal): Promise<void> {
  const where = new URL(url).origin; // the rest may be a secret
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    signal: AbortSignal.any([signal, AbortSignal.timeout(WEBHOOK_MS)]),
  }).catch((error: unknown) => {
    throw notifyFailed(`${where} did not answer`, error instanceof Error ? error.message : String(error));
  });
  await answer.body?.cancel();
  if (!answer.ok) throw notifyFailed(`${where} answered ${String(answer.status)}`);
}

const notifyFailed = (message: string, detail?: string): Error =>
  stepFailure('NOTIFY_FAILED', undefined, message, { detail });
