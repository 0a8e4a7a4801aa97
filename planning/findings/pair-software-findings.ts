import type { Finding } from '../../workflows/contract/plan.js';
import type { ServerFacts } from '../facts.js';
import type { FollowerLook } from '../follower-look.js';
import { preloadLibraries } from '../postgres/preload-libraries.js';
import { listed } from '../shorten.js';
import { finding } from './finding.js';

/** What the copied files need that the follower's software does not have, or has otherwise. */
export function pairSoftwareFindings(server: ServerFacts, look: FollowerLook): Finding[] {
  const host = look.target.name;
  return [
    ...minorVersion(server, look, host),
    ...libraries(server, look, host),
    ...extensions(server, look, host),
  ];
}

/** What is installed counts: with it the copy is started. */
function minorVersion(
  { serverVersion, majorVersion }: ServerFacts,
  { facts }: FollowerLook,
  host: string,
): Finding[] {
  const { minorOnDisk } = facts.files;
  const [ours, theirs] = [minorOnDisk, serverVersion].map((text) =>
    /^(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number),
  );
  if (ours === undefined || theirs === undefined || ours[0] !== majorVersion) return [];
  const difference = (ours[1] ?? 0) - (theirs[1] ?? 0);
  if (difference === 0) return [];
  const message = `it has PostgreSQL ${minorOnDisk}, the leader runs ${serverVersion}`;
  return [
    difference > 0
      ? finding('info', 'MINOR_VERSION_DIFFERS', host, `${message}; a newer follower is fine`)
      : finding(
          'warning',
          'MINOR_VERSION_DIFFERS',
          host,
          `${message}; a follower should never be the older one`,
        ),
  ];
}

function libraries({ settings }: ServerFacts, { facts }: FollowerLook, host: string): Finding[] {
  const needed = preloadLibraries(settings.shared_preload_libraries?.setting ?? '');
  const installed = facts.files.libraries;
  const missing = installed.length === 0 ? [] : needed.filter((name) => !installed.includes(name));
  const found: Finding[] = [];
  if (missing.length > 0)
    found.push(
      finding(
        'blocker',
        'PRELOAD_LIBRARY_MISSING',
        host,
        `the leader loads libraries it does not have: ${listed(missing)}`,
      ),
    );
  const own = facts.server?.settings.shared_preload_libraries?.setting;
  if (own === undefined) return found;
  const unloaded = needed.filter((name) => !missing.includes(name) && !preloadLibraries(own).includes(name));
  if (unloaded.length > 0)
    found.push(
      finding(
        'info',
        'PRELOAD_LIBRARIES_DIFFER',
        host,
        `its configuration does not load what the leader loads: ${listed(unloaded)}`,
      ),
    );
  return found;
}

function extensions({ extensionsInUse }: ServerFacts, { facts }: FollowerLook, host: string): Finding[] {
  const installed = facts.files.extensions;
  const missing = installed.length === 0 ? [] : extensionsInUse.filter((name) => !installed.includes(name));
  if (missing.length === 0) return [];
  return [
    finding(
      'warning',
      'EXTENSION_FILES_MISSING',
      host,
      `it lacks extensions of the leader: ${listed(missing)}`,
      {
        detail: 'Only database postgres was looked at; the others may use more.',
      },
    ),
  ];
}
