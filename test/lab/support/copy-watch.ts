import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, defaultPayloadConverter } from '@temporalio/client';
import { readServerJson } from '../../../server/server-json.js';
import type { CopyProgress } from '../../../workflows/contract/activities.js';

export interface Heartbeat extends CopyProgress {
  attempt: number;
}

/** All heartbeats of a copy that the server knew of, one after the other, whether it is there or not. */
export class CopyWatch {
  readonly heartbeats: Heartbeat[] = [];
  readonly #activityId: string;
  readonly #stateHome: string;
  readonly #ended: Promise<void>;
  #stopped = false;

  constructor(stateHome: string, follower: string) {
    this.#stateHome = stateHome;
    this.#activityId = `takeBaseBackup/${follower}`;
    this.#ended = this.#watch();
  }

  get last(): Heartbeat | undefined {
    return this.heartbeats.at(-1);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #watch(): Promise<void> {
    while (!this.#stopped) {
      await this.#look().catch(() => undefined); // no server at the moment
      await sleep(200);
    }
  }

  async #look(): Promise<void> {
    const address = readServerJson(this.#stateHome)?.address;
    if (address === undefined) return;
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    try {
      const handle = new Client({ connection }).workflow.getHandle('replication/lab');
      while (!this.#stopped) {
        const { raw } = await connection.withDeadline(Date.now() + 2_000, () => handle.describe());
        const copy = raw.pendingActivities?.find(({ activityId }) => activityId === this.#activityId);
        const [payload] = copy?.heartbeatDetails?.payloads ?? [];
        if (payload)
          this.#take({
            ...defaultPayloadConverter.fromPayload<CopyProgress>(payload),
            attempt: copy?.attempt ?? 0,
          });
        await sleep(100);
      }
    } finally {
      await connection.close();
    }
  }

  #take(beat: Heartbeat): void {
    const { last } = this;
    if (beat.at !== last?.at || beat.attempt !== last.attempt) this.heartbeats.push(beat);
  }
}
