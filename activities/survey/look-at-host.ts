import { clusterFactsScript, discoverScript } from '../../planning/commands/survey.js';
import type {
  ClusterFacts,
  ClusterListing,
  FileFacts,
  HostFacts,
  OpenRecord,
  ServerFacts,
} from '../../planning/facts.js';
import { parseControlData } from '../../planning/postgres/control-data.js';
import { binDirectoryOf } from '../../planning/targets.js';
import type { HostConfig } from '../../workflows/contract/config.js';
import { StepFailure, stepFailure } from '../failures.js';
import type { Host } from '../hosts/host.js';
import { runScript } from '../run-script.js';
import { serverFacts } from './server-facts.js';

/** Everything a plan needs to know of one host. Reads only: two scripts and one query. */
export async function lookAtHost(
  host: Host,
  config: HostConfig,
  leaderAddress: string | undefined,
): Promise<ClusterFacts> {
  const facts = await discover(host, leaderAddress);
  const listing = chooseCluster(facts, config);
  const files = await lookAtFiles(host, listing);
  const server = files.running ? await lookAtServer(host, listing) : undefined;
  return { host: facts, listing, files, ...(server === undefined ? {} : { server }) };
}

interface ListedCluster {
  version: string | number;
  cluster: string;
  pgdata: string;
  configdir: string;
  socketdir: string;
  port: string;
  owneruid?: number | string;
  configuid?: number | string;
  config?: { hba_file?: string };
}

async function discover(host: Host, leaderAddress: string | undefined): Promise<HostFacts> {
  const { values, text, texts } = await runScript(host, discoverScript(leaderAddress));
  const users = new Map(
    text('users')
      .split('\n')
      .map((line) => [line.split(':')[1] ?? '', line.split(':')[0] ?? '']),
  );
  const facts: HostFacts = {
    name: host.name,
    machineId: values.machineId ?? '',
    hostname: values.hostname ?? '',
    systemd: values.systemd === 'yes',
    missingTools: words(values.missing),
  };
  if (texts.clusters !== undefined)
    facts.clusters = (JSON.parse(texts.clusters || '[]') as ListedCluster[]).map((entry) =>
      listingOf(entry, users),
    );
  if (values.sourceAddress !== undefined && values.sourceAddress !== '')
    facts.sourceAddress = values.sourceAddress;
  return facts;
}

function listingOf(entry: ListedCluster, users: ReadonlyMap<string, string>): ClusterListing {
  return {
    version: String(entry.version),
    cluster: entry.cluster,
    dataDirectory: entry.pgdata,
    configDirectory: entry.configdir,
    hbaFile: entry.config?.hba_file ?? `${entry.configdir}/pg_hba.conf`,
    socketDirectory: entry.socketdir,
    port: Number(entry.port),
    osUser: users.get(String(entry.owneruid ?? entry.configuid ?? '')) ?? 'postgres',
  };
}

function chooseCluster(facts: HostFacts, config: HostConfig): ClusterListing {
  const refuse = (
    ...args: Parameters<typeof stepFailure> extends [infer C, unknown, ...infer R] ? [C, ...R] : never
  ): never => {
    const [code, ...rest] = args;
    throw stepFailure(code, facts.name, ...rest);
  };
  if (facts.machineId === '')
    refuse('UNSUPPORTED_LAYOUT', 'it has no /etc/machine-id', {
      hint: 'Run `systemd-machine-id-setup` there.',
    });
  if (!facts.systemd || facts.clusters === undefined)
    return refuse(
      'UNSUPPORTED_LAYOUT',
      facts.systemd ? 'postgresql-common is not installed' : 'systemd does not run',
      {
        hint: "This version understands Debian's postgresql-common under systemd.",
      },
    );
  if (facts.missingTools.length > 0)
    refuse('HOST_TOOLS_MISSING', `programs are missing: ${facts.missingTools.join(' ')}`, {
      hint: 'Install them there.',
    });
  const { version, cluster } = config.postgres ?? {};
  const names = facts.clusters.map((listing) => `${listing.version}/${listing.cluster}`).join(', ');
  if (facts.clusters.length === 0)
    refuse('NO_CLUSTER', 'it has no PostgreSQL cluster', {
      hint: "Create one there, of the leader's major version, e.g. `pg_createcluster 15 main --start`.",
    });
  const chosen = facts.clusters.filter(
    (listing) =>
      (version ?? listing.version) === listing.version && (cluster ?? listing.cluster) === listing.cluster,
  );
  if (chosen.length === 0)
    refuse('CLUSTER_NOT_FOUND', `it has no cluster ${version ?? '*'}/${cluster ?? '*'}`, {
      detail: `There are: ${names}.`,
      hint: `Correct \`postgres:\` under ${facts.name}.`,
    });
  const [only] = chosen;
  if (only === undefined || chosen.length > 1)
    return refuse('CLUSTER_AMBIGUOUS', 'it has several PostgreSQL clusters', {
      detail: `There are: ${names}.`,
      hint: `Pin one with \`postgres: { version, cluster }\` under ${facts.name}.`,
    });
  if (Number(only.version) < 13 || Number(only.version) > 18)
    refuse('UNSUPPORTED_VERSION', `it has PostgreSQL ${only.version}`, { hint: '13 to 18 are supported.' });
  return only;
}

async function lookAtFiles(host: Host, listing: ClusterListing): Promise<FileFacts> {
  const { values, text, texts } = await runScript(
    host,
    clusterFactsScript({
      dataDirectory: listing.dataDirectory,
      configFile: `${listing.configDirectory}/postgresql.conf`,
      hbaFile: listing.hbaFile,
      binDirectory: binDirectoryOf(listing.version),
      osUser: listing.osUser,
    }),
  );
  const controlData = parseControlData(text('controlData'));
  const files: FileFacts = {
    home: values.home ?? '',
    minorOnDisk: values.minor ?? '',
    hbaFile: values.hbaReal === undefined || values.hbaReal === '' ? listing.hbaFile : values.hbaReal,
    hbaText: text('hba'),
    exists: values.exists === 'yes',
    realPath: values.realPath ?? listing.dataDirectory,
    isLink: values.isLink === 'yes',
    isMount: values.isMount === 'yes',
    mountsBelow: words(values.mountsBelow),
    entries: Number(values.entries ?? 0),
    standbySignal: values.standbySignal === 'yes',
    tablespaces: words(values.tablespaces),
    walLinked: values.walLinked === 'yes',
    running: words(values.processes).length > 0,
    sizeBytes: Number(values.sizeBytes ?? 0),
    mountPoint: values.mountPoint ?? '',
    freeBytes: Number(values.freeBytes ?? 0),
    fileSystemBytes: Number(values.fileSystemBytes ?? 0),
    records: recordsIn(texts, values),
    fileSettings: Object.fromEntries(
      Object.entries(texts).flatMap(([key, value]) =>
        key.startsWith('effective.') ? [[key.slice('effective.'.length), value.trim()]] : [],
      ),
    ),
  };
  if (values.pgVersion !== undefined && values.pgVersion !== '') files.pgVersion = values.pgVersion;
  if (values.includeDirectory !== undefined && values.includeDirectory !== '')
    files.includeDirectory = values.includeDirectory;
  if (values.lastWrite !== undefined && values.lastWrite !== '')
    files.lastWrite = new Date(Number(values.lastWrite) * 1000).toISOString();
  if (texts.timelineHistory !== undefined) files.timelineHistory = texts.timelineHistory;
  if (controlData !== undefined) files.controlData = controlData;
  return files;
}

function recordsIn(texts: Record<string, string>, values: Record<string, string>): OpenRecord[] {
  return Object.entries(texts).flatMap(([key, content]) => {
    const op = /^record\.(.+)$/.exec(key)?.[1];
    return op === undefined
      ? []
      : [{ op, values: readRecord(content), hasJob: values[`job.${op}`] !== undefined }];
  });
}

/** `name=value` lines of an operation record. */
export const readRecord = (content: string): Record<string, string> =>
  Object.fromEntries(
    content
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

/** A server that does not answer although it has processes counts as not running: its class says so. */
async function lookAtServer(host: Host, listing: ClusterListing): Promise<ServerFacts | undefined> {
  try {
    return await host.sql(listing, serverFacts);
  } catch (error) {
    if (error instanceof StepFailure && error.problem.code === 'POSTGRES_UNAVAILABLE') return undefined;
    throw error;
  }
}

const words = (text: string | undefined): string[] => (text ?? '').split(' ').filter((word) => word !== '');
