import { startServer, type RunningServer } from '../../../server/start-server.js';

/** The embedded Temporal server, to be killed and started again on its database and its port. */
export class KillableServer {
  readonly #stateHome: string;
  #server: RunningServer | undefined;
  #port = 0;

  constructor(stateHome: string) {
    this.#stateHome = stateHome;
  }

  async start(): Promise<void> {
    this.#server = await startServer({ stateHome: this.#stateHome, port: this.#port, log: () => undefined });
    const port = Number(this.#server.address.split(':')[1]);
    // Workers wait for it where it was.
    if (this.#port !== 0 && port !== this.#port) throw new Error(`its port ${String(this.#port)} was taken`);
    this.#port = port;
  }

  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) throw new Error('the server does not run');
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    this.#server = undefined;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }
}
