import { placesScript } from '../../planning/commands/places.js';
import type { ClusterFacts, PlaceFacts, ServerFacts } from '../../planning/facts.js';
import { isInPlace } from '../../planning/linked-directories.js';
import type { HostAddress } from '../hosts/host.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { placeFacts } from './place-facts.js';

/** What is on a follower where the leader has its tablespaces; a round trip only where it has any. */
export async function lookAtPlaces(
  { hosts }: StepContext,
  address: HostAddress,
  { tablespaces }: ServerFacts,
  { listing }: ClusterFacts,
): Promise<Record<string, PlaceFacts>> {
  const paths = tablespaces.filter((one) => !isInPlace(one)).map(({ location }) => location);
  if (paths.length === 0) return {};
  const { text } = await hosts.use(address, (host) => runScript(host, placesScript(paths, listing.osUser)));
  return Object.fromEntries(
    paths.map((path, index) => [path, placeFacts(text(`place.${String(index + 1)}`))]),
  );
}
