import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import { discardChannel, onChannelEnd } from './channel-end.js';
import type { ChannelEnd } from './channel-end.js';
import type { SshConnection } from './connection.js';
import { openChannel } from './open-channel.js';
import { relayCommand } from './relay-program.js';
import type { RelayInterpreter, RelayTarget } from './relay-program.js';

/** The relay ended, or never began. */
export class RelayError extends Error {
  override name = 'RelayError';
  readonly end: ChannelEnd;
  /** True once the relay had reached the server's socket. */
  readonly connected: boolean;
  /** What sudo, the relay or sshd said. */
  readonly stderr: string;

  constructor(end: ChannelEnd, connected: boolean, stderr: string) {
    super(describe(end, connected, stderr));
    this.end = end;
    this.connected = connected;
    this.stderr = stderr;
  }
}

const STDERR_KEPT_CHARACTERS = 4_096;
const NOISE_LIMIT_BYTES = 65_536;
const GOODBYE_MS = 5_000;

/**
 * What pg takes for its socket: one ssh channel to a relay on the host. The part of `net.Socket` that
 * pg's Connection calls, and no more. Its `error` is a RelayError, or a StepFailure when ssh started no relay.
 */
export class RelayStream extends Duplex {
  /** Resolves when the channel has left its place on the host, or none was opened. */
  readonly gone: Promise<void>;
  readonly #connection: SshConnection;
  readonly #command: string;
  readonly #marker: Buffer;
  #leave!: () => void;
  #channel: ClientChannel | undefined;
  #stderr = '';
  /** What came before the marker; undefined once it was seen. */
  #noise: Buffer | undefined = Buffer.alloc(0);
  #goodbye: NodeJS.Timeout | undefined;

  constructor(connection: SshConnection, target: RelayTarget, interpreter: RelayInterpreter) {
    super({ allowHalfOpen: true });
    const marker = randomBytes(16).toString('hex');
    this.#connection = connection;
    this.#command = relayCommand(target, marker, interpreter);
    this.#marker = Buffer.from(`${marker}\n`);
    this.gone = new Promise((resolve) => (this.#leave = resolve));
    this.cork(); // as a socket that is still connecting: early writes wait for the channel
  }

  // --- what pg calls besides a Duplex's methods

  connect(): this {
    openChannel(this.#connection, this.#command).then(
      (channel) => {
        if (this.destroyed) this.#release(channel);
        else this.#attach(channel);
      },
      (error: unknown) => {
        this.#leave();
        this.destroy(error as Error); // a StepFailure
      },
    );
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  // --- Duplex

  override _read(): void {
    this.#channel?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // On a closed channel ssh2 never calls back; destroy() settles the write then.
    this.#channel?.write(chunk, done);
  }

  /** pg corks around Parse, Bind, Describe, Execute and Sync: they leave as one ssh packet. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#channel?.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    done();
    if (this.#channel === undefined) {
      this.destroy();
      return;
    }
    this.#channel.end();
    this.#goodbye = setTimeout(() => this.destroy(), GOODBYE_MS);
  }

  /** Calls back at once: pg's `end()` waits for our `close`, and the server may never answer. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#goodbye);
    if (this.#channel !== undefined) discardChannel(this.#channel);
    done(error);
  }

  // --- the channel

  #attach(channel: ClientChannel): void {
    this.#channel = channel;
    channel.on('data', (chunk: Buffer) => {
      this.#receive(channel, chunk);
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_KEPT_CHARACTERS);
    });
    channel.on('error', (error: Error) => this.destroy(error));
    onChannelEnd(channel, (end) => {
      this.#leave();
      this.#ended(end);
    });
    this.uncork();
    this.emit('connect');
  }

  #receive(channel: ClientChannel, chunk: Buffer): void {
    const data = this.#noise === undefined ? chunk : this.#skipNoise(this.#noise, chunk);
    if (data.length > 0 && !this.push(data)) channel.pause();
  }

  #skipNoise(noise: Buffer, chunk: Buffer): Buffer {
    const seen = Buffer.concat([noise, chunk]);
    const at = seen.indexOf(this.#marker);
    if (at >= 0) {
      this.#noise = undefined;
      return seen.subarray(at + this.#marker.length);
    }
    // Only the end can hold the beginning of the marker.
    this.#noise = seen.subarray(-NOISE_LIMIT_BYTES);
    return Buffer.alloc(0);
  }

  #ended(end: ChannelEnd): void {
    if (this.destroyed) return;
    if (this.writableEnded) {
      this.push(null); // pg has said goodbye: an orderly end
      this.destroy();
      return;
    }
    this.destroy(new RelayError(end, this.#noise === undefined, this.#said()));
  }

  #said(): string {
    const noise = this.#noise?.toString().trim() ?? '';
    return this.#stderr.trim() || noise.slice(-STDERR_KEPT_CHARACTERS);
  }

  /** The channel came after everybody had left. */
  #release(channel: ClientChannel): void {
    onChannelEnd(channel, this.#leave);
    discardChannel(channel);
  }
}

function describe(end: ChannelEnd, connected: boolean, stderr: string): string {
  const what = connected ? 'the connection to PostgreSQL is lost' : 'could not connect to PostgreSQL';
  return `${what}: ${how(end)}${stderr === '' ? '' : `: ${stderr}`}`;
}

function how(end: ChannelEnd): string {
  switch (end.kind) {
    case 'exited':
      return end.code === 0 ? 'the server hung up' : `the relay exited with status ${end.code}`;
    case 'signalled':
      return `the relay was killed by ${end.signal}`;
    case 'lost':
      return 'the ssh connection broke';
  }
}
