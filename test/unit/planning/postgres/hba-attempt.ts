import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** How the server answers: the method of the rule that decided, or that there is none. */
export type Attempt = 'trust' | 'reject' | 'password' | 'md5' | 'scram-sha-256' | 'none';

const METHODS: Record<number, Attempt> = { 0: 'trust', 3: 'password', 5: 'md5', 10: 'scram-sha-256' };

/** Asks for a physical replication connection from this loopback address and reads the first answer. */
export async function attempt(
  port: number,
  client: { address: string; role: string; ssl: boolean },
): Promise<Attempt> {
  const plain = connect({ port, host: '127.0.0.1', localAddress: client.address });
  try {
    const socket = client.ssl ? await encrypted(plain) : plain;
    socket.write(packet(196_608, `user\0${client.role}\0replication\0true\0application_name\0hba\0\0`));
    return methodOf(await answerOf(socket));
  } finally {
    plain.destroy();
  }
}

async function encrypted(plain: Socket): Promise<Socket> {
  plain.write(packet(80_877_103, ''));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    plain.once('data', resolve);
    plain.once('error', reject);
  });
  if (answer.toString() !== 'S') throw new Error('the server has no TLS');
  const socket = connectTls({ socket: plain, rejectUnauthorized: false });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve as () => void);
    socket.once('error', reject);
  });
  return socket;
}

function packet(code: number, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(8);
  head.writeInt32BE(bytes.length + 8, 0);
  head.writeInt32BE(code, 4);
  return Buffer.concat([head, bytes]);
}

/** The first message, whole. */
async function answerOf(socket: Socket): Promise<Buffer> {
  let seen = Buffer.alloc(0);
  for await (const chunk of socket) {
    seen = Buffer.concat([seen, chunk as Buffer]);
    if (seen.length >= 5 && seen.length > seen.readInt32BE(1)) return seen;
  }
  throw new Error('the server closed the connection without an answer');
}

function methodOf(message: Buffer): Attempt {
  const kind = String.fromCharCode(message[0] ?? 0);
  if (kind === 'R') return METHODS[message.readInt32BE(5)] ?? 'none';
  const text = message.toString();
  if (text.includes('pg_hba.conf rejects')) return 'reject';
  if (text.includes('no pg_hba.conf entry')) return 'none';
  throw new Error(`unexpected answer: ${text}`);
}
