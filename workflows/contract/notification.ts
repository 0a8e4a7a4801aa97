import type { RunEvent } from './run-events.js';
import type { RunState } from './run-state.js';

export type NotificationKind = 'gate-opened' | 'gate-reminder' | 'parked' | 'wal-warning' | 'ended';

/** What is told to `notify`; the JSON a command reads and a webhook receives. Has no secret. */
export interface Notification {
  event: NotificationKind;
  cluster: string;
  workflowId: string;
  /** ISO time. */
  at: string;
  /** `leader`, or a follower's name; absent: the whole run. */
  branch?: string;
  /** One line for a person. */
  message: string;
  /** The next command. */
  hint: string;
  /** Of a parked run: its failure's code. */
  code?: string;
  /** Of a run that has ended. */
  outcome?: string;
}

/** What is worth telling of an event; `undefined` for most. */
export function notificationOf(
  state: RunState,
  event: RunEvent,
  { workflowId, at }: { workflowId: string; at: string },
): Notification | undefined {
  const { cluster } = state;
  const head = { cluster, workflowId, at };
  switch (event.type) {
    case 'gateOpened':
      return {
        event: 'gate-opened',
        ...head,
        branch: event.branch,
        message: `${cluster}: ${event.gate.id} waits for approval`,
        hint: `runbook approve ${cluster} --gate ${event.gate.id}`,
      };
    case 'gateReminded':
      return {
        event: 'gate-reminder',
        ...head,
        branch: event.branch,
        message: `${cluster}: ${event.gateId} still waits for approval`,
        hint: `runbook approve ${cluster} --gate ${event.gateId}`,
      };
    case 'parked':
      return {
        event: 'parked',
        ...head,
        branch: event.branch,
        message: event.failure.message,
        hint: `runbook show ${cluster}`,
        code: event.failure.code,
      };
    case 'runClosed':
      return {
        event: 'ended',
        ...head,
        message: `${cluster}: the run has ended: ${event.outcome}`,
        hint: `runbook show ${cluster}`,
        outcome: event.outcome,
      };
    default:
      return undefined;
  }
}
