import type { ClusterListing, FileFacts, OpenRecord, UsedPath } from '../../planning/facts.js';
import { parseControlData } from '../../planning/postgres/control-data.js';
import { recoverySettings } from '../../planning/postgres/recovery-settings.js';
import type { ScriptResult } from '../run-script.js';
import { linkFacts } from './place-facts.js';
import { readRecord, recordedDirectories } from './read-record.js';
import { lines, words } from './split-text.js';

/** What the survey's script told of the chosen cluster's files. */
export function readFileFacts({ values, text, texts }: ScriptResult, listing: ClusterListing): FileFacts {
  const [sizeBytes = 0, fileCount = 0] = words(values.tree).map(Number);
  const files: FileFacts = {
    home: values.home ?? '',
    minorOnDisk: values.minor ?? '',
    hbaFile: values.hbaReal === undefined || values.hbaReal === '' ? listing.hbaFile : values.hbaReal,
    hbaText: text('hba'),
    autoConfText: text('autoConf'),
    exists: values.exists === 'yes',
    realPath: values.realPath ?? listing.dataDirectory,
    isLink: values.isLink === 'yes',
    isMount: values.isMount === 'yes',
    mountsBelow: words(values.mountsBelow),
    entries: Number(values.entries ?? 0),
    standbySignal: values.standbySignal === 'yes',
    links: linkFacts(texts),
    usedByOthers: usedPaths(text('usedByOthers')),
    fileSettings: effectiveSettings(texts),
    running: words(values.processes).length > 0,
    sizeBytes,
    fileCount,
    fileSystem: values.fileSystem ?? '',
    ...readRoom(values),
    libraries: lines(text('libraries')),
    extensions: lines(text('extensions')),
    recoverySettings: recoverySettings(text('recoveryLines'), `${listing.configDirectory}/postgresql.conf`),
    records: recordsIn(texts, values),
  };
  if (texts.timelineHistory !== undefined) files.timelineHistory = texts.timelineHistory;
  const controlData = parseControlData(text('controlData'));
  if (controlData !== undefined) files.controlData = controlData;
  if (values.pgVersion !== undefined && values.pgVersion !== '') files.pgVersion = values.pgVersion;
  if (values.includeDirectory !== undefined && values.includeDirectory !== '')
    files.includeDirectory = values.includeDirectory;
  if (values.lastWrite !== undefined && values.lastWrite !== '')
    files.lastWrite = new Date(Number(values.lastWrite) * 1000).toISOString();
  return files;
}

/** By name, as `postgres -C` printed them. */
const effectiveSettings = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(texts).flatMap(([key, value]) =>
      key.startsWith('effective.') ? [[key.slice('effective.'.length), value.trim()]] : [],
    ),
  );

const usedPaths = (text: string): UsedPath[] =>
  lines(text).map((line) => {
    const [cluster = '', path = ''] = line.split('\t');
    return { cluster, path };
  });

/** df writes `-` for what a file system does not count. */
function readRoom(
  values: ScriptResult['values'],
): Pick<FileFacts, 'mountPoint' | 'freeBytes' | 'fileSystemBytes' | 'freeInodes' | 'fileSystemInodes'> {
  const [freeBytes = 0, fileSystemBytes = 0, freeInodes = 0, fileSystemInodes = 0] = words(values.room).map(
    (word) => (word === '-' ? 0 : Number(word)),
  );
  return { mountPoint: values.mountPoint ?? '', freeBytes, fileSystemBytes, freeInodes, fileSystemInodes };
}

function recordsIn(texts: Record<string, string>, values: Record<string, string>): OpenRecord[] {
  return Object.entries(texts).flatMap(([key, content]) => {
    const op = /^record\.(.+)$/.exec(key)?.[1];
    if (op === undefined) return [];
    const record = readRecord(content);
    const directories = recordedDirectories(record);
    return [
      {
        op,
        values: record,
        hasJob: values[`job.${op}`] !== undefined,
        ...(directories.length === 0 ? {} : { directories }),
      },
    ];
  });
}
