import type { ClientChannel } from 'ssh2';

/** How a command on the other side ended, as far as ssh told. */
export type ChannelEnd =
  { kind: 'exited'; code: number } | { kind: 'signalled'; signal: string } | { kind: 'lost' };

/**
 * Calls back once when the channel is closed and both outputs have been delivered whole.
 *
 * ssh2 reports a broken connection as an ordinary `close` without a code, so a missing code never
 * counts as success. Its `close` waits for stdout only; stderr, which holds the reason, may still be
 * on its way. Both outputs must be read, or neither event comes.
 */
export function onChannelEnd(channel: ClientChannel, ended: (end: ChannelEnd) => void): void {
  let waiting = 2;
  let end: ChannelEnd = { kind: 'lost' };
  const settle = () => {
    waiting -= 1;
    if (waiting === 0) ended(end);
  };
  channel.on('close', (code?: number | null, signal?: string) => {
    if (typeof code === 'number') end = { kind: 'exited', code };
    else if (typeof signal === 'string') end = { kind: 'signalled', signal };
    settle();
  });
  channel.stderr.on('close', settle);
}

/** Gives a channel up for good. Undrained, ssh2 would never finish closing it and its place on the host stayed taken. */
export function discardChannel(channel: ClientChannel): void {
  channel.on('error', () => undefined);
  channel.resume();
  channel.stderr.resume();
  channel.end();
  channel.close();
}
