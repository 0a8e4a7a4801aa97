import type { RecordedDirectory } from '../../planning/facts.js';
import { lines } from './split-text.js';

/** `name=value` lines of an operation record. */
export const readRecord = (content: string): Record<string, string> =>
  Object.fromEntries(
    lines(content)
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** What a record says of directories: `<file system> <inode> <from> [<to>]`, the paths in base64. */
export const recordedDirectories = (record: Record<string, string>): RecordedDirectory[] =>
  Object.entries(record).flatMap(([name, value]): RecordedDirectory[] => {
    const [, kind, link] = /^(old|new|wipes)(?:\.(.+))?$/.exec(name) ?? [];
    const [, , from, to = from] = value.split(' ');
    if (kind === undefined || from === undefined || to === undefined) return [];
    return [
      {
        kind: kind as RecordedDirectory['kind'],
        ...(link === undefined ? {} : { link }),
        from: Buffer.from(from, 'base64').toString(),
        to: Buffer.from(to, 'base64').toString(),
      },
    ];
  });
