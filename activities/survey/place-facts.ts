import type { LinkFacts, PlaceFacts } from '../../planning/facts.js';
import { readRecord } from './read-record.js';
import { words } from './split-text.js';

/** What the scripts told of one place. */
export function placeFacts(text: string): PlaceFacts {
  const values = readRecord(text);
  const [freeBytes = 0, fileSystemBytes = 0] = words(values.room).map(Number);
  return {
    path: values.path ?? '',
    kind: (values.kind ?? 'nowhere') as PlaceFacts['kind'],
    isMount: values.isMount === 'yes',
    mountsBelow: words(values.mountsBelow),
    enterable: values.enterable === 'yes',
    fileSystem: values.fileSystem ?? '',
    mountPoint: values.mountPoint ?? '',
    freeBytes,
    fileSystemBytes,
    owner: values.owner ?? '',
    entries: (values.entries ?? '').split('/').filter((name) => name !== ''),
  };
}

/** The links of the data directory, pg_wal before the tablespaces. */
export const linkFacts = (texts: Record<string, string>): LinkFacts[] =>
  Object.entries(texts).flatMap(([key, text]) =>
    key.startsWith('link.') ? [{ link: readRecord(text).link ?? '', ...placeFacts(text) }] : [],
  );
