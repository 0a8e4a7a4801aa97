import { renderHbaLine } from './hba-line.js';
import { firstCandidate } from './hba-match.js';
import type { HbaClient } from './hba-match.js';
import { parseHba } from './hba-parse.js';
import { BEGIN, END, insertAt, splitAtBlock } from './hba-split.js';
import type { Entry } from './hba-split.js';
import type { HbaFiles, HbaLine, HbaLineOfFile } from './hba-types.js';

/**
 * The file with a line of ours for each of `lines` in one marked block, other keys' lines kept. The
 * block stays where it is as long as nothing before it could match a connection of its lines; else it
 * goes before the first line that could, be it a rule or the include of one. Same input, same bytes;
 * everything outside is untouched.
 */
export function withRunbookBlock(
  text: string,
  lines: readonly HbaLine[],
  majorVersion = 15,
  files?: HbaFiles,
): string {
  const { before, after, block } = splitAtBlock(text);
  const keyed = mergeEntries(block?.entries ?? [], lines);
  if (keyed === '') return text;
  const foreign = (block?.entries ?? []).filter((entry) => entry.key === undefined);
  const body = (block?.begin ?? BEGIN) + keyed + textOf(foreign) + (block?.end ?? END);
  const clients = clientsOf(keyed);
  const rival = (part: string): number | undefined =>
    firstRival(parseHba(part, majorVersion, files), clients);
  const outside = before + after;
  const stays = block !== undefined && rival(before) === undefined;
  const at = stays ? before.length : (rival(outside) ?? outside.length);
  return insertAt(outside, at, body);
}

/** The file without the key's line, and without the block once that is empty: the bytes it had before. */
export function withoutRunbookLine(text: string, key: string): string {
  const { before, after, block } = splitAtBlock(text);
  if (!block?.entries.some((entry) => entry.key === key)) return text;
  const rest = block.entries.filter((entry) => entry.key !== key);
  const outside = before + after;
  return rest.length === 0
    ? outside
    : insertAt(outside, before.length, block.begin + textOf(rest) + block.end);
}

/** Whose lines the block has. */
export const runbookKeys = (text: string): string[] =>
  (splitAtBlock(text).block?.entries ?? []).flatMap((entry) => (entry.key === undefined ? [] : [entry.key]));

/** Whether the line, as `firstMatch` found it in this text, is the one of the key in our block. */
export function isRunbookLine(text: string, line: HbaLineOfFile, key: string): boolean {
  const { block } = splitAtBlock(text);
  if (block === undefined || line.comment !== key || line.file !== undefined) return false;
  return line.line > block.line && line.line <= block.line + block.entries.length;
}

const textOf = (entries: readonly Entry[]): string => entries.map((entry) => entry.text).join('');

/** One line a key: those that are there keep their place, new ones come last. */
function mergeEntries(former: readonly Entry[], lines: readonly HbaLine[]): string {
  const merged = new Map<string, string>();
  for (const entry of former)
    if (entry.key !== undefined && !merged.has(entry.key)) merged.set(entry.key, entry.text);
  for (const line of lines) merged.set(line.key, `${renderHbaLine(line)}\n`);
  return [...merged.values()].join('');
}

/** The connections our lines are for. A `host` line must win whether the client comes with TLS or not. */
function clientsOf(keyed: string): HbaClient[] {
  return parseHba(keyed).flatMap(({ rule }) => {
    if (rule?.address?.kind !== 'network') return [];
    const { family, value } = rule.address;
    const ways = rule.type === 'hostssl' ? [true] : [true, false];
    return rule.roles.flatMap((role) =>
      ways.map((ssl) => ({ ssl, role: role.text, address: { family, value } })),
    );
  });
}

/** Offset of the first line of the main file that could decide about one of the clients. */
function firstRival(lines: readonly HbaLineOfFile[], clients: readonly HbaClient[]): number | undefined {
  let offset = 0;
  for (const line of lines) {
    if (clients.some((client) => firstCandidate([line], client) !== undefined)) return offset;
    offset += line.text.length;
  }
  return undefined;
}
