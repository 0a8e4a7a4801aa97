import type {
  ClusterListing,
  FileFacts,
  KeptFacts,
  OpenRecord,
  Room,
  UsedPath,
} from '../../planning/facts.js';
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
    ...readRoom(values.mountPoint, values.room),
    libraries: lines(text('libraries')),
    extensions: lines(text('extensions')),
    recoverySettings: recoverySettings(text('recoveryLines'), `${listing.configDirectory}/postgresql.conf`),
    records: recordsIn(texts, values),
  };
  if (values.ownRoom !== undefined) files.ownRoom = readRoom(values.ownMountPoint, values.ownRoom);
  if (values.lostFound === 'yes') files.lostFound = true;
  if (values.heldStart !== undefined && values.heldStart !== '') files.heldStart = values.heldStart;
  const closedRecords = closedIn(texts);
  if (closedRecords.length > 0) files.closedRecords = closedRecords;
  const kept = lines(text('kept')).map(keptFacts);
  if (kept.length > 0) files.kept = kept;
  if (values.inode !== undefined) files.inode = values.inode;
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
function readRoom(mountPoint = '', room = ''): Room {
  const [freeBytes = 0, fileSystemBytes = 0, freeInodes = 0, fileSystemInodes = 0] = words(room).map(
    (word) => (word === '-' ? 0 : Number(word)),
  );
  return { mountPoint, freeBytes, fileSystemBytes, freeInodes, fileSystemInodes };
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

const closedIn = (texts: Record<string, string>): { op: string; values: Record<string, string> }[] =>
  Object.entries(texts).flatMap(([key, content]) =>
    key.startsWith('closed.') ? [{ op: key.slice('closed.'.length), values: readRecord(content) }] : [],
  );

/** `OP KIND LINK STATE BYTES PATH64 KEPT64`, see planning/commands/kept.ts; the paths may hold anything. */
function keptFacts(line: string): KeptFacts {
  const [op = '', kind = '', link = '', state = '', bytes = '0', path = '', keptAs = ''] = words(line);
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
  return {
    op,
    kind: kind === 'displaced' ? 'displaced' : 'replaced',
    ...(link === '.' ? {} : { link }),
    path: decoded(path),
    keptAs: decoded(keptAs),
    sizeBytes: Number(bytes),
    intact: state === 'ours',
  };
}
