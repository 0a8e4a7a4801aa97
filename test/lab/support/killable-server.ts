import { startServer, type RunningServer } from '../../../server/start-server.js';

/** The embedded Temporal server, to be killed and started again on its database and its port. */
export class KillableServer {
  readonly #stateHome: string;
  #server: RunningServer | undefined;
  /** Below the ports that the kernel gives to clients: one of these could take it while the server is away. */
  #port = 20_000 + (process.pid % 10_000);
  #started = false;

  constructor(stateHome: string) {
    this.#stateHome = stateHome;
  }

  async start(): Promise<void> {
    this.#server = await startServer({ stateHome: this.#stateHome, port: this.#port, log: () => undefined });
    const port = Number(this.#server.address.split(':')[1]);
    // Workers wait for it where it was.
    if (this.#started && port !== this.#port) throw new Error(`its port ${String(this.#port)} was taken`);
    this.#port = port;
    this.#started = true;
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
