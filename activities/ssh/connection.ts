import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import { Semaphore } from './semaphore.js';

// sshd's default MaxSessions is 10, and every exec is a session. One place stays free for a channel
// that is closed here and not yet there.
const COMMANDS_AT_A_TIME = 4;
const SQL_SESSIONS_AT_A_TIME = 5;
const GOODBYE_MS = 1_000;

/** An authenticated ssh connection to one host, with many channels. */
export class SshConnection {
  readonly client: Client;
  /** The host's name in the configuration. */
  readonly name: string;
  readonly commands = new Semaphore(COMMANDS_AT_A_TIME);
  /** Whoever holds one and waits for another of the same host may wait for ever: do not nest them. */
  readonly sqlSessions = new Semaphore(SQL_SESSIONS_AT_A_TIME);
  /** Resolves when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #open = true;

  constructor(client: Client, socket: Socket, name: string) {
    this.client = client;
    this.#socket = socket;
    this.name = name;
    this.closed = new Promise((resolve) => {
      client.once('close', () => {
        this.#open = false;
        resolve();
      });
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    // `client.destroy()` does nothing once `end()` was called; a frozen peer would keep us here.
    const impatient = setTimeout(() => this.#socket.destroy(), GOODBYE_MS);
    this.client.end();
    await this.closed;
    clearTimeout(impatient);
  }
}
