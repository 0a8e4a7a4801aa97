import { z } from 'zod';
import type { FailureCode } from '../../workflows/contract/codes.js';
import type { Plan } from '../../workflows/contract/plan.js';
import type { FollowerClass } from '../../workflows/contract/target.js';
import { ALL_STEPS } from '../../workflows/contract/steps.js';
import type { StepId } from '../../workflows/contract/steps.js';
import { CLASS_WORDS } from '../render/words.js';

/**
 * The shape of `runbook plan --json`, for docs/plan.schema.json and its test; nothing checks plans with
 * it while the program runs. `interface Plan` is what counts: `PlanDocumentMatches` below does not compile
 * while the two differ, also in a key that may be absent.
 */

const text = z.string();
const texts = z.array(text);
const bytes = z.number().nonnegative().meta({ description: 'bytes' });
const time = text.meta({ description: 'ISO 8601' });
const digest = text.regex(/^[0-9a-f]*$/);

const codeOf = text.regex(/^[A-Z][A-Z0-9_]*$/).meta({ description: 'stable; docs/errors.md has them all' });
// An enumeration would change this schema with every new code.
const code = codeOf as unknown as z.ZodType<FailureCode, FailureCode>;
const step = z.enum(ALL_STEPS.map(({ id }) => id) as [StepId, ...StepId[]]);
const followerClass = z.enum(Object.keys(CLASS_WORDS) as [FollowerClass, ...FollowerClass[]]);

const operation = z
  .strictObject({ id: text, epoch: z.int(), adopted: z.boolean() })
  .meta({ id: 'Operation', description: 'The record on a host that a run is at work there.' });

const holder = z
  .strictObject({ op: text, workflowId: text, server: text, requester: text })
  .meta({ id: 'Holder', description: 'only of HOST_CLAIMED: whose operation is in the way' });

const finding = z
  .strictObject({
    severity: z.enum(['blocker', 'warning', 'info']),
    code,
    message: text.meta({ description: "one line, begins with the host's name" }),
    detail: text.exactOptional(),
    hint: text.exactOptional(),
    host: text.exactOptional().meta({ description: 'absent: about the whole run' }),
    holder: holder.exactOptional(),
  })
  .meta({ id: 'Finding' });

const location = z
  .strictObject({
    version: text,
    cluster: text,
    dataDirectory: text,
    configDirectory: text,
    configFile: text,
    hbaFile: text,
    binDirectory: text,
    socketDirectory: text,
    port: z.int(),
    osUser: text,
    service: z.enum(['systemd', 'pg_ctlcluster']),
    unit: text,
    includeDirectory: text.exactOptional(),
  })
  .meta({ id: 'ClusterLocation' });

const leaderTarget = z
  .strictObject({
    name: text,
    host: text.meta({ description: 'where ssh connects to' }),
    address: text.meta({ description: 'what followers connect to' }),
    location,
    identity: z.strictObject({ machineId: text, systemIdentifier: text, timeline: z.int() }),
    op: operation,
    settings: z.array(z.strictObject({ name: text, from: text, to: text, restart: z.boolean() })),
    postmasterStartTime: text,
    pendingEdits: texts,
    tls: z.boolean(),
    settingsFile: text.exactOptional().meta({ description: 'absent: ALTER SYSTEM' }),
    noRecord: z.literal(true).exactOptional().meta({ description: 'no test record is written' }),
  })
  .meta({ id: 'LeaderTarget' });

const serverUse = z
  .strictObject({
    clientSessions: z.int(),
    walSenders: z.int(),
    walLsn: text.nullable().meta({ description: 'null in recovery' }),
  })
  .meta({ id: 'ServerUse', description: 'What a running server was doing when it was looked at.' });

const linkedDirectory = z
  .strictObject({
    link: text.meta({ description: 'in the data directory: pg_wal or pg_tblspc/<oid>' }),
    path: text.meta({ description: 'real path on the follower' }),
    incoming: text,
    replaced: text,
    leaderPath: text.exactOptional().meta({ description: "of a tablespace: the leader's location" }),
  })
  .meta({ id: 'LinkedDirectory', description: 'A directory of the copy outside of its data directory.' });

const oldLinkedDirectory = z
  .strictObject({ link: text, path: text, replaced: text })
  .meta({ id: 'OldLinkedDirectory', description: 'One of the old cluster, which is moved aside.' });
const keptDirectory = z
  .strictObject({
    op: text,
    kind: z.enum(['replaced', 'displaced']),
    link: text.exactOptional().meta({ description: 'absent: the data directory itself' }),
    path: text,
    keptAs: text.meta({ description: 'where it lies, or will lie, set aside' }),
    sizeBytes: bytes,
  })
  .meta({ id: 'KeptDirectory' });

const reversal = z
  .strictObject({
    directories: z.array(keptDirectory),
    replacedAt: time.exactOptional(),
    startsFormer: z.literal(true).exactOptional(),
    hbaKeys: texts.exactOptional(),
    made: z
      .strictObject({
        slot: text.exactOptional(),
        hbaLine: text.exactOptional(),
        role: text.exactOptional(),
        passfile: text.exactOptional(),
      })
      .exactOptional(),
    needsStream: z.literal(true).exactOptional(),
  })
  .meta({ id: 'Reversal' });

const followerTarget = z
  .strictObject({
    name: text,
    host: text,
    clientAddress: text.meta({ description: 'the source address the leader will see' }),
    location,
    machineId: text,
    op: operation,
    class: followerClass,
    role: text,
    slotName: text,
    applicationName: text,
    passfile: text,
    incomingDirectory: text,
    replacedDirectory: text,
    linked: z.array(linkedDirectory).exactOptional(),
    oldLinked: z.array(oldLinkedDirectory).exactOptional(),
    fingerprint: digest.meta({
      description: 'sha256 of fingerprintLines; empty where nothing is to be done',
    }),
    fingerprintLines: texts,
    hasOldDirectory: z.boolean(),
    remedy: z.enum(['none', 'copy', 'start', 'repair', 'undo', 'purge']),
    mode: z
      .enum(['side-by-side', 'in-place'])
      .meta({ description: 'of a copy; in place the old data is deleted before it' }),
    autostartHeld: z.literal(true).exactOptional(),
    repairs: z.array(z.enum(['connection', 'slot', 'settings'])).exactOptional(),
    renewsPassword: z.literal(true).exactOptional(),
    unknownPeers: texts.meta({ description: 'other followers whose address the survey did not know' }),
    use: serverUse.exactOptional().meta({ description: 'absent: no server of its own ran' }),
    reversal: reversal.exactOptional().meta({ description: 'only of an undo or a purge' }),
  })
  .meta({ id: 'FollowerTarget' });

const fileDiff = z
  .strictObject({
    file: text,
    lines: texts.meta({ description: 'hunks of a unified diff, from the first @@ on; without secrets' }),
    omitted: z.int().exactOptional().meta({ description: 'lines that are not shown' }),
  })
  .meta({ id: 'FileDiff' });

const autoConfTable = z
  .strictObject({
    rows: z.array(
      z.strictObject({
        name: text,
        leader: text.exactOptional(),
        follower: text.exactOptional(),
        result: text.exactOptional().meta({ description: 'absent: dropped' }),
      }),
    ),
    omitted: z.int(),
  })
  .meta({ id: 'AutoConfTable', description: 'The new postgresql.auto.conf beside the two there are.' });

const copyRoom = z
  .strictObject({
    dataBytes: bytes,
    growthBytes: bytes,
    reserveBytes: bytes,
    neededBytes: bytes,
    freeBytes: bytes,
    freedBytes: bytes.exactOptional().meta({ description: 'part of freeBytes: what the wipe frees' }),
    leftBytes: z.int().meta({ description: 'what is free after the copy; below zero: it does not fit' }),
  })
  .meta({ id: 'CopyRoom' });

const mountRoom = z
  .strictObject({ mount: text, room: copyRoom })
  .meta({ id: 'MountRoom', description: 'Of another file system that a tablespace or pg_wal lies on.' });

const plannedStep = z
  .strictObject({
    step,
    host: text.meta({ description: 'name of the host the commands run on' }),
    what: text,
    commands: texts,
    diff: fileDiff.exactOptional(),
  })
  .meta({ id: 'PlannedStep' });

const destroyed = z
  .strictObject({
    host: text,
    path: text,
    mount: text,
    sizeBytes: bytes,
    databases: texts,
    databaseSizes: z.record(text, bytes).exactOptional(),
    unlisted: z
      .literal(true)
      .exactOptional()
      .meta({ description: 'the databases could not be listed: no server runs' }),
    lost: texts.exactOptional().meta({ description: 'what is gone for good, a sentence each' }),
    systemIdentifier: text.exactOptional(),
    lastWrite: time.exactOptional(),
    movedTo: text.exactOptional().meta({ description: 'absent: it is deleted' }),
    elsewhere: texts
      .exactOptional()
      .meta({ description: 'tablespaces and pg_wal outside of it, which go with it' }),
  })
  .meta({ id: 'Destroyed', description: 'What the swap takes out of service, or the wipe deletes.' });

const cardChanges = z
  .strictObject({
    since: time.meta({ description: 'when the card before was made' }),
    lines: z.array(z.strictObject({ what: text, from: text, to: text })),
  })
  .meta({ id: 'CardChanges', description: 'What is not as it was on the card before.' });

const swapLook = z
  .strictObject({
    at: time,
    fingerprint: digest,
    fingerprintLines: texts,
    use: serverUse.exactOptional().meta({ description: 'absent: the old server is stopped' }),
    tolerated: z.boolean(),
    connected: texts.meta({ description: 'who is connected, one line each' }),
    retainedWalBytes: bytes,
    streams: z.boolean().meta({ description: 'the rehearsed copy streams from the leader' }),
  })
  .meta({ id: 'SwapLook', description: 'What the swap will meet.' });

const leaderPlan = z
  .strictObject({
    target: leaderTarget,
    needsGate: z.boolean(),
    fingerprint: digest,
    steps: z.array(plannedStep),
    restart: z.strictObject({ reasons: texts, pendingEdits: texts }).exactOptional(),
    databaseBytes: bytes,
    serverVersion: text,
    changes: cardChanges.exactOptional(),
  })
  .meta({ id: 'LeaderPlan' });

const followerPlan = z
  .strictObject({
    target: followerTarget,
    needsGate: z.boolean(),
    steps: z.array(plannedStep),
    destroys: destroyed.exactOptional(),
    beforeSwap: swapLook.exactOptional(),
    copyBytes: bytes,
    freeBytes: bytes,
    room: copyRoom.exactOptional(),
    otherRooms: z.array(mountRoom).exactOptional(),
    autoConf: autoConfTable.exactOptional(),
    seconds: z.number().nonnegative().meta({ description: 'rough; basis says where it comes from' }),
    basis: text,
    serverVersion: text,
    retainedWalBytes: bytes.exactOptional(),
    remarks: texts,
    identifier: text.exactOptional().meta({ description: 'what must be typed at its gate besides the name' }),
    course: z.array(step).meta({ description: 'the steps that its remedy takes' }),
    changes: cardChanges.exactOptional(),
  })
  .meta({ id: 'FollowerPlan' });

const windowNote = z
  .strictObject({
    window: text.meta({ description: 'as configured: 22:00-06:00 Europe/Berlin' }),
    opensAt: time.meta({ description: 'when it is open next, seen from madeAt' }),
    opens: text.meta({ description: 'the same on the clocks of its zone: 22:00' }),
  })
  .meta({ id: 'Window' });

const plan = z
  .strictObject({
    cluster: text,
    madeAt: time,
    leader: leaderPlan.exactOptional().meta({ description: 'absent: the leader could not be surveyed' }),
    followers: z
      .record(text, followerPlan)
      .meta({ description: 'by name; without those that could not be surveyed' }),
    findings: z.array(finding),
    windows: z
      .strictObject({ copy: windowNote.exactOptional(), swap: windowNote.exactOptional() })
      .exactOptional()
      .meta({ description: 'when copies may begin and swaps may happen; absent: at any time' }),
  })
  .meta({ id: 'Plan' });

export const planDocument = z
  .strictObject({ plans: z.array(plan).length(1) })
  .meta({ title: 'runbook plan --json' });

// Mutual assignability does not see a key that may be absent; comparing two deferred types does, as long as
// they are written out: of an alias TypeScript would compare the arguments instead.
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters */
export type Identical<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/* eslint-enable @typescript-eslint/no-unnecessary-type-parameters */

/**
 * `Type 'false' does not satisfy the constraint 'true'` here: a key of `Plan` (workflows/contract/plan.ts) was
 * added or changed. Do the same above, then run `npm run docs:schemas`.
 */
export type PlanDocumentMatches = Require<Identical<z.output<typeof plan>, Plan>>;
type Require<T extends true> = T;
