import { followerGoingBack, leaderGoingBack, reversalGoingBack } from '../../planning/going-back.js';
import { formatBytes, formatDuration } from '../../planning/format.js';
import { FINGERPRINT_DIGITS } from '../../workflows/contract/gates.js';
import type { CopyRoom, Destroyed, PlannedStep } from '../../workflows/contract/card.js';
import type { FollowerPlan, LeaderPlan } from '../../workflows/contract/plan.js';
import type { CopyMode } from '../../workflows/contract/target.js';
import { stepDefinition, stepIndex } from '../../workflows/contract/steps.js';
import { autoConfLines } from './auto-conf.js';
import { field } from './field.js';
import { commandLines } from './command-lines.js';
import { diffLines } from './diff-lines.js';
import { edges, formatTable, labelled } from './layout.js';
import { reversalFields } from './reversal.js';
import { glyphs, paint } from './style.js';
import type { Style } from './style.js';
import { dateTime } from './time.js';
import { CLASS_WORDS } from './words.js';

export const shortFingerprint = (fingerprint: string): string => fingerprint.slice(0, FINGERPRINT_DIGITS);

export function leaderFields({ target, serverVersion, databaseBytes }: LeaderPlan, style: Style): string[] {
  const { host, address, location, identity } = target;
  const { version, cluster, port } = location;
  return [
    ...field('Host', `${host}; followers connect to ${address} port ${String(port)}`, style),
    ...field(
      'Server',
      `PostgreSQL ${serverVersion}, cluster ${version}/${cluster}, ${formatBytes(databaseBytes)}`,
      style,
    ),
    ...field('System id', `${identity.systemIdentifier}, timeline ${String(identity.timeline)}`, style),
    ...(target.tls ? [] : field('TLS', 'off: the copy and the stream travel in clear text', style)),
  ];
}

export function settingLines({ target, restart }: LeaderPlan, style: Style): string[] {
  const { arrow } = glyphs(style);
  const colors = paint(style);
  const rows = target.settings.map(({ name, from, to, restart: needed }) => [
    name,
    `${from === '' ? "''" : from} ${arrow} ${to}`,
    needed ? 'needs a restart' : '',
  ]);
  const lines = rows.length === 0 ? [] : ['', colors.bold('Settings'), ...formatTable(rows, '  ')];
  if (restart === undefined) return lines;
  return [
    ...lines,
    '',
    colors.bold(colors.yellow('Restart of the leader')),
    ...labelled(
      '',
      'PostgreSQL on the leader is restarted once: every connection to it is lost. Because:',
      style,
      0,
      2,
    ),
    ...restart.reasons.flatMap((reason) => labelled('- ', reason, style, 2, 2)),
    ...(restart.pendingEdits.length === 0
      ? []
      : [
          ...labelled('', "The restart also brings up other people's changes:", style, 0, 2),
          ...restart.pendingEdits.flatMap((edit) => labelled('- ', edit, style, 2, 2)),
        ]),
  ];
}

export const followerFields = (plan: FollowerPlan, style: Style): string[] => [
  ...oldServerFields(plan, style),
  ...(plan.target.remedy === 'copy' ? copyFields(plan, style) : []),
  ...reversalFields(plan, style),
];

/** Right before the swap: the copy is made, and what counts is who uses the old server. */
export function swapFields(plan: FollowerPlan, style: Style): string[] {
  const { use } = plan.target;
  const { connected = [], retainedWalBytes, streams } = plan.beforeSwap ?? {};
  const step = plan.target.mode === 'in-place' ? 'wipe' : 'swap';
  const clients =
    use === undefined
      ? 'none: the old server is stopped'
      : `${String(use.clientSessions)}, and ${String(use.walSenders)} that replicate from it; the ${step} ends their sessions`;
  return [
    ...oldServerFields(plan, style),
    ...field('Clients', clients, style),
    ...connected.flatMap((line) => field('', line, style)),
    ...(retainedWalBytes === undefined || step === 'wipe'
      ? []
      : field(
          'Slot',
          `${plan.target.slotName} holds back ${formatBytes(retainedWalBytes)} of WAL on the leader`,
          style,
        )),
    ...(streams === undefined || step === 'wipe'
      ? []
      : field('Rehearsal', streams ? 'the copy streams from the leader' : 'does not stream', style)),
  ];
}

function oldServerFields(plan: FollowerPlan, style: Style): string[] {
  const { target, serverVersion } = plan;
  const { version, cluster } = target.location;
  const server =
    serverVersion === ''
      ? `cluster ${version}/${cluster}`
      : `PostgreSQL ${serverVersion}, cluster ${version}/${cluster}`;
  return [
    ...field('Host', `${target.host}; the leader sees it as ${target.clientAddress}`, style),
    ...field('Server', server, style),
    ...field('Is now', `${target.class}: ${CLASS_WORDS[target.class]}`, style),
    ...plan.remarks.flatMap((remark, index) => field(index === 0 ? 'Remarks' : '', remark, style)),
    ...(plan.destroys === undefined ? [] : destroyedFields(plan.destroys, style)),
  ];
}

function destroyedFields(destroyed: Destroyed, style: Style): string[] {
  const { red, bold } = paint(style);
  const {
    path,
    mount,
    sizeBytes,
    systemIdentifier,
    lastWrite,
    movedTo,
    lost = [],
    elsewhere = [],
  } = destroyed;
  const [first = '', ...more] = field(
    movedTo === undefined ? 'DELETED' : 'Taken away',
    `${path} (${formatBytes(sizeBytes)}, on mount ${mount})${movedTo === undefined ? '. This cannot be undone.' : ''}`,
    style,
  );
  return [
    ...[first, ...more].map((line) => red(bold(line))),
    ...field('Databases', databasesText(destroyed), style),
    ...(systemIdentifier === undefined ? [] : field('System id', systemIdentifier, style)),
    ...(lastWrite === undefined ? [] : field('Last write', dateTime(lastWrite), style)),
    ...lost.flatMap((line, index) => field(index === 0 ? 'Lost' : '', line, style)).map((line) => red(line)),
    ...(movedTo === undefined ? [] : field('Moved to', `${movedTo} (nothing of it is deleted)`, style)),
    ...elsewhere.flatMap((line, index) => field(index === 0 ? 'With it' : '', line, style)),
  ];
}

function databasesText({ databases, databaseSizes = {}, unlisted }: Destroyed): string {
  if (unlisted === true) return 'not known: its server does not run';
  if (databases.length === 0) return 'none';
  const sized = (name: string): string =>
    databaseSizes[name] === undefined ? name : `${name} (${formatBytes(databaseSizes[name])})`;
  return databases.map(sized).join(', ');
}

function copyFields(plan: FollowerPlan, style: Style): string[] {
  const { seconds, basis, target, retainedWalBytes } = plan;
  return [
    ...field('Copy', copySize(plan), style),
    ...(plan.otherRooms ?? []).flatMap(({ mount, room }) =>
      field('', `on ${mount}: ${roomText(room, target.mode)}`, style),
    ),
    ...field('Takes about', `${formatDuration(seconds * 1000)} (${basis})`, style),
    ...field('Slot', `${target.slotName} on the leader, role ${target.role}`, style),
    ...(retainedWalBytes === undefined
      ? []
      : field('Slot now', `it exists already and retains ${formatBytes(retainedWalBytes)} of WAL`, style)),
  ];
}

function copySize({ target, copyBytes, freeBytes, room }: FollowerPlan): string {
  if (room === undefined)
    return `${formatBytes(copyBytes)} beside the old data; ${formatBytes(freeBytes)} free`;
  return roomText(room, target.mode);
}

function roomText(room: CopyRoom, mode: CopyMode): string {
  const { dataBytes, growthBytes, reserveBytes, neededBytes, leftBytes } = room;
  const left =
    leftBytes < 0
      ? `${formatBytes(-leftBytes)} too little for it`
      : `${formatBytes(leftBytes)} after the copy`;
  const where = mode === 'in-place' ? 'in place' : 'beside the old data';
  const free =
    room.freedBytes === undefined
      ? `${formatBytes(room.freeBytes)} free`
      : `${formatBytes(room.freedBytes)} of old data go first, so ${formatBytes(room.freeBytes)} free`;
  return (
    `${formatBytes(dataBytes)} of data + ${formatBytes(growthBytes)} (5 %) written meanwhile + ` +
    `${formatBytes(reserveBytes)} reserve = ${formatBytes(neededBytes)} needed ${where}; ${free}, ${left}`
  );
}

/** The new postgresql.auto.conf beside what leader and follower have, and what can be had back. */
export function followerSections({ target, autoConf }: FollowerPlan, style: Style): string[] {
  const { bold } = paint(style);
  return [
    ...(autoConf === undefined
      ? []
      : ['', bold(`postgresql.auto.conf of ${target.name}`), ...autoConfLines(autoConf, style)]),
    ...(target.remedy === 'copy' ? goingBackLines(followerGoingBack(target), target.name, style) : []),
    ...goingBackLines(reversalGoingBack(target), target.name, style),
  ];
}

export const leaderGoingBackLines = ({ target, steps }: LeaderPlan, style: Style): string[] =>
  goingBackLines(leaderGoingBack(target, new Set(steps.map(({ step }) => step))), target.name, style);

const goingBackLines = (texts: string[], name: string, style: Style): string[] =>
  texts.length === 0
    ? []
    : [
        '',
        paint(style).bold(`Going back on ${name}`),
        ...texts.flatMap((text) => labelled('- ', text, style, 2, 2)),
      ];

/** The steps in the runbook's order, each with its host and its exact commands. */
export function stepLines(steps: readonly PlannedStep[], style: Style): string[] {
  return [...steps]
    .sort((a, b) => stepIndex(a.step) - stepIndex(b.step))
    .flatMap((step) => oneStep(step, stepDefinition(step.step).number, style));
}

function oneStep(planned: PlannedStep, number: number, style: Style): string[] {
  const { step, host, what, commands, diff } = planned;
  const colors = paint(style);
  // What a diff shows whole needs no line of its own.
  const shown =
    diff === undefined || diff.omitted !== undefined
      ? commands
      : commands.filter((command) => !command.startsWith(`${diff.file}: `));
  const [head = '', ...rest] = edges(
    `  ${String(number).padStart(2)}  ${stepDefinition(step).title}`,
    `on ${host}`,
    style.width,
  );
  return [
    '',
    colors.bold(head),
    ...rest,
    ...labelled('', what, style, 0, 6),
    ...(diff === undefined ? [] : diffLines(diff, style.width - 8)).map((line) =>
      paintDiff(`        ${line}`, line, style),
    ),
    ...shown
      .flatMap((command) => commandLines(command, style.width - 8))
      .map((line) => colors.cyan(`        ${line}`)),
  ];
}

function paintDiff(text: string, line: string, style: Style): string {
  const { green, red, dim } = paint(style);
  if (/^(---|\+\+\+|@@|\() ?/.test(line)) return dim(text);
  return line.startsWith('+') ? green(text) : line.startsWith('-') ? red(text) : text;
}
