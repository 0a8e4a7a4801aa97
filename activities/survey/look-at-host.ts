import type { ClusterFacts, RoleFacts, ClusterListing, ServerFacts } from '../../planning/facts.js';
import type { HostConfig } from '../../workflows/contract/config.js';
import { StepFailure, stepFailure } from '../failures.js';
import type { Host } from '../hosts/host.js';
import { chooseCluster, clusterName } from './choose-cluster.js';
import { readFileFacts } from './read-file-facts.js';
import { readHostFacts } from './read-host-facts.js';
import { runSurveyScript } from './run-survey-script.js';
import { readHbaIncludes } from '../read-hba-includes.js';
import { roleFacts } from './role-facts.js';
import { serverFacts } from './server-facts.js';

/** What is asked of a host besides the facts every host has. */
export interface LookFor {
  /** On a follower: where its traffic to the leader goes. */
  leaderAddress?: string;
  /** On the leader: roles that the run would make, if they do not exist. */
  roles?: string[];
}

/** Everything a plan needs to know of one host. Reads only: one script, and one SQL session where a server runs. */
export async function lookAtHost(
  host: Host,
  config: HostConfig,
  { leaderAddress, roles = [] }: LookFor,
): Promise<ClusterFacts> {
  const { seen, clockOffsetSeconds } = await runSurveyScript(host, {
    peerAddress: leaderAddress,
    pin: config.postgres,
  });
  const facts = readHostFacts(host.name, seen, clockOffsetSeconds);
  const listing = chooseCluster(facts, config);
  if (seen.values.home === undefined)
    throw stepFailure('COMMAND_FAILED', host.name, `its cluster ${clusterName(listing)} was not looked at`, {
      detail: "The survey's script and `postgres:` of the configuration chose different clusters.",
    });
  facts.otherClusters = (facts.clusters ?? []).filter((other) => other !== listing).map(clusterName);
  const files = readFileFacts(seen, listing);
  const hba = { path: listing.hbaFile, text: files.hbaText, majorVersion: Number(listing.version) };
  const hbaIncludes = await readHbaIncludes(host, hba);
  if (hbaIncludes !== undefined) files.hbaIncludes = hbaIncludes;
  const answer = files.running ? await lookAtServer(host, listing, roles) : undefined;
  // Of a directory too large to be counted in time the server knows the size.
  if (files.sizeBytes === 0) files.sizeBytes = answer?.server.databaseBytes ?? 0;
  return { host: facts, listing, files, existingRoles: [], ...answer };
}

/** A server that does not answer although it has processes counts as not running: its class says so. */
async function lookAtServer(
  host: Host,
  listing: ClusterListing,
  roles: string[],
): Promise<{ server: ServerFacts; existingRoles: RoleFacts[] } | undefined> {
  try {
    return await host.sql(listing, async (session) => {
      const server = await serverFacts(session, Number(listing.version));
      return { server, existingRoles: roles.length === 0 ? [] : await roleFacts(session, roles) };
    });
  } catch (error) {
    if (error instanceof StepFailure && error.problem.code === 'POSTGRES_UNAVAILABLE') return undefined;
    throw error;
  }
}
