import { isIP } from 'node:net';
import { z } from 'zod';
import { LEADER_BRANCH } from '../../workflows/contract/run-events.js';
import { bytesProblem, parseBytes } from '../../planning/format.js';
import { parseDuration } from './duration.js';
import { readTimeWindow } from './read-time-window.js';

const NAME = /^[a-z][a-z0-9-]{0,30}$/;

const name = z.string().regex(NAME, 'a name is a-z, then up to 30 of a-z, 0-9 and -, such as follower1');
const host = z.string().regex(/^[A-Za-z0-9._:%-]+$/, 'not a host name or an address');
const port = z.int('a port is a number from 1 to 65535').min(1).max(65_535);
const path = z.string().min(1, 'a path must not be empty');

// A name could resolve to something else tomorrow, and pg_hba.conf, listen_addresses and the
// follower's routing all mean this one address.
const address = z
  .string()
  .refine((text) => isIP(text) !== 0, 'an IP address is needed here, such as 10.0.0.1');

// The pattern is for editors; what is taken is decided by the functions beside it.
const asText = (pattern: string) => ({ type: 'string' as const, pattern });

const bytes = z
  .unknown()
  .transform((value, context) => {
    const size = parseBytes(value);
    if (size !== undefined) return size;
    context.addIssue({ code: 'custom', message: bytesProblem(value) ?? 'not a size' });
    return z.NEVER;
  })
  .meta(asText(String.raw`^\s*\d+(\.\d+)?\s*([kKmMgGtT]?[bB])\s*$`));

const duration = z
  .unknown()
  .transform((value, context) => {
    const ms = parseDuration(value);
    if (ms !== undefined) return ms;
    context.addIssue({ code: 'custom', message: 'a time is a number with a unit, such as 30m, 24h or 3d' });
    return z.NEVER;
  })
  .meta(asText(String.raw`^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$`));

const timeWindow = z
  .unknown()
  .transform((value, context) => {
    const read = readTimeWindow(value);
    if (!('problem' in read)) return read;
    context.addIssue({ code: 'custom', message: read.problem });
    return z.NEVER;
  })
  .meta(asText(String.raw`^\s*\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}\s+\S+\s*$`));

const HOUR = 3_600_000;

const postgres = z.strictObject({
  // YAML reads an unquoted 15 as a number.
  version: z
    .union([z.string(), z.int()], 'a major version, such as "15"')
    .transform(String)
    .refine((text) => /^\d{2}$/.test(text), 'a major version, such as "15"')
    .optional(),
  cluster: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'not a cluster name')
    .optional(),
});

const hostKeys = { name, host, sshPort: port.default(22), postgres: postgres.optional() };

const leader = z.strictObject({ ...hostKeys, address });
const follower = z.strictObject({ ...hostKeys, address: address.optional() });

const ssh = z.strictObject({
  user: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]*\$?$/, 'not a user name'),
  identityFile: path.default('~/.ssh/id_ed25519'),
  knownHosts: path.default('~/.ssh/known_hosts'),
});

const password = z.union(
  [
    z.literal('generate'),
    z.strictObject({ file: path }),
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
  ],
  'one of: generate, { file: PATH }, { env: NAME }; never the password itself',
);

const replication = z
  .strictObject({
    role: z
      .string()
      .regex(/^[a-z_][a-z0-9_-]{0,30}$/, 'a role name is a-z or _, then up to 30 of a-z, 0-9, _ and -')
      .refine((text) => !text.startsWith('pg_'), 'PostgreSQL reserves role names that begin with pg_')
      .refine((text) => text !== 'all', '"all" means every role in pg_hba.conf')
      .default('replication'),
    password: password.default('generate'),
    slotWalLimit: bytes.optional(),
    acceptUnboundedSlot: z.boolean().default(false),
    prepareSwitchover: z.boolean().default(true),
    tls: z.enum(['require', 'off'], 'one of: require, off').default('require'),
  })
  .refine((value) => !(value.acceptUnboundedSlot && value.slotWalLimit !== undefined), {
    path: ['acceptUnboundedSlot'],
    message: 'slotWalLimit sets a bound and acceptUnboundedSlot accepts that there is none: keep one of them',
  });

// pg_basebackup itself takes 32 kB/s to 1 GB/s.
const maxRate = bytes.refine(
  (rate) => rate >= 32 * 1024 && rate <= 1024 ** 3,
  'a rate (bytes per second) must lie between 32kB and 1GB',
);

const copy = z.strictObject({
  concurrency: z.int('a number from 1 to 50').min(1, 'at least 1').max(50, 'at most 50').default(1),
  maxRate: maxRate.optional(),
  checkpoint: z.enum(['fast', 'spread'], 'one of: fast, spread').default('fast'),
  mode: z.enum(['auto', 'side-by-side', 'in-place'], 'one of: auto, side-by-side, in-place').default('auto'),
  compress: z.enum(['none', 'zstd'], 'one of: none, zstd').default('none'),
  beginWindow: timeWindow.optional(),
});

const approval = z
  .strictObject({
    approvers: z.array(z.string().trim().min(1, 'an approver needs a name')).default([]),
    fourEyes: z.boolean().default(false),
    expireAfter: duration.default(72 * HOUR),
    validFor: duration.default(24 * HOUR),
    swap: z.enum(['with-plan', 'ask', 'window'], 'one of: with-plan, ask, window').default('with-plan'),
    swapWindow: timeWindow.optional(),
    driftWal: bytes.default(64 * 1024 ** 2),
  })
  .superRefine(({ swap, swapWindow }, context) => {
    const message =
      swap === 'window'
        ? 'swap: window needs a swapWindow, such as "22:00-06:00 Europe/Berlin"'
        : `swap: ${swap} swaps at any time; say swap: window to keep to swapWindow`;
    if ((swap === 'window') === (swapWindow === undefined))
      context.addIssue({ code: 'custom', path: [swap === 'window' ? 'swap' : 'swapWindow'], message });
  });

const notify = z
  .strictObject({
    command: z.array(z.string().min(1)).min(1, 'a program, and its arguments').optional(),
    webhook: z
      .url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' })
      .optional(),
  })
  .refine(
    ({ command, webhook }) => command !== undefined || webhook !== undefined,
    'name a command, a webhook, or both',
  );

const temporal = z.strictObject({
  namespace: z.string().min(1).optional(),
  taskQueue: z.string().min(1).optional(),
});

/** What runbook.yaml may contain. docs/runbook.example.yaml shows every key; a test compares the two. */
export const runbookYaml = z
  .strictObject({
    version: z.literal(1, 'this program reads version 1'),
    cluster: name,
    leader,
    followers: z
      .array(follower)
      .min(1, 'at least one follower')
      .max(50, 'at most 50 followers in one run')
      .superRefine(refuseDuplicates),
    ssh,
    replication: replication.prefault({}),
    copy: copy.prefault({}),
    approval: approval.prefault({}),
    notify: notify.optional(),
    temporal: temporal.prefault({}),
  })
  .superRefine((value, context) => {
    for (const [index, { name: followerName }] of value.followers.entries()) {
      if (followerName === value.leader.name)
        context.addIssue({
          code: 'custom',
          path: ['followers', index, 'name'],
          message: `"${followerName}" is the leader's name: whoever types it at a gate must mean one host`,
        });
      else if (followerName === LEADER_BRANCH)
        context.addIssue({
          code: 'custom',
          path: ['followers', index, 'name'],
          message: `"${LEADER_BRANCH}" names the leader's part of a run; call the follower something else`,
        });
    }
  });

export type RunbookYaml = z.output<typeof runbookYaml>;

function refuseDuplicates(
  followers: { name: string }[],
  context: z.core.$RefinementCtx<{ name: string }[]>,
): void {
  const seen = new Map<string, string>();
  for (const [index, { name: followerName }] of followers.entries()) {
    // A replication slot's name has no "-", so a-b and a_b would be one slot.
    const slot = followerName.replaceAll('-', '_');
    const former = seen.get(slot);
    if (former !== undefined)
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message:
          former === followerName
            ? `two followers are called "${followerName}"`
            : `"${followerName}" and "${former}" would share a slot name`,
      });
    seen.set(slot, followerName);
  }
}
