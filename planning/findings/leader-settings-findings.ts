import type { Finding } from '../../workflows/contract/plan.js';
import type { LeaderTarget } from '../../workflows/contract/target.js';
import type { ClusterFacts, ServerFacts } from '../facts.js';
import { parseAddress } from '../postgres/address.js';
import { listed } from '../shorten.js';
import { blockOn, finding } from './finding.js';

/** What is wrong with the leader's configuration, and what a reload or restart of ours would bring up besides. */
export function leaderSettingsFindings(
  facts: ClusterFacts,
  server: ServerFacts,
  target: LeaderTarget,
): Finding[] {
  const host = target.name;
  const block = blockOn(host);
  const found: Finding[] = [];
  if (server.fileErrors.length > 0)
    found.push(
      block('CONF_FILE_ERRORS', 'its configuration files have errors', {
        detail: listed(server.fileErrors, '; '),
        hint: 'Correct them, then resume.',
      }),
    );
  if (server.hbaErrors.length > 0)
    found.push(
      block('HBA_FILE_ERRORS', 'its pg_hba.conf has errors', {
        detail: listed(server.hbaErrors, '; '),
        hint: 'Correct them, then resume.',
      }),
    );
  if (target.tls && server.settings.ssl?.setting !== 'on')
    found.push(
      block('TLS_NOT_AVAILABLE', 'ssl is off, and the configuration requires it', {
        hint: 'Turn ssl on, or set `replication.tls: off` and accept that the copy travels in clear text.',
      }),
    );
  if (
    target.settings.length > 0 &&
    target.location.includeDirectory === undefined &&
    server.settings.allow_alter_system?.setting === 'off'
  )
    found.push(
      block('ALTER_SYSTEM_FORBIDDEN', 'its settings cannot be changed: allow_alter_system is off', {
        detail: `To be changed: ${target.settings.map(({ name }) => name).join(', ')}.`,
      }),
    );
  found.push(...addressFindings(facts, target), ...editsOfOthers(facts, server, target));
  return found;
}

/** Whether the followers' way leads to this host itself is proved later, by a nonce; a hint of it comes now. */
function addressFindings(facts: ClusterFacts, target: LeaderTarget): Finding[] {
  const wanted = parseAddress(target.address);
  const own = facts.host.addresses ?? [];
  if (wanted === undefined || own.length === 0 || own.some((text) => isSame(text, target.address))) return [];
  return [
    finding(
      'warning',
      'ADDRESS_NOT_LEADERS',
      target.name,
      `leader.address ${target.address} is no address of this host; perhaps a proxy or a floating address`,
      { detail: `Its addresses: ${listed(own.filter((text) => !isLocal(text)))}.` },
    ),
  ];
}

export const isSame = (one: string, other: string): boolean => {
  const [a, b] = [parseAddress(one), parseAddress(other)];
  return a !== undefined && a.family === b?.family && a.value === b.value;
};

/** Loopback and link-local addresses say nothing about where a host can be reached. */
export const isLocal = (text: string): boolean => /^(127\.|::1$|fe80:)/i.test(text);

function editsOfOthers(facts: ClusterFacts, server: ServerFacts, target: LeaderTarget): Finding[] {
  const host = target.name;
  const found: Finding[] = [];
  if (server.editedFiles.length > 0)
    found.push(
      finding(
        'warning',
        'RELOAD_BRINGS_EDITS',
        host,
        'files of its configuration were edited since it read them; a reload brings that into effect too',
        { detail: listed(server.editedFiles) },
      ),
    );
  if (!target.settings.some(({ restart }) => restart)) return found;
  if (target.pendingEdits.length > 0)
    found.push(
      finding(
        'warning',
        'RESTART_NOT_SAFE',
        host,
        `the restart brings up changes somebody else has made: ${listed(target.pendingEdits)}`,
        { hint: 'Approve it only if these may take effect too, or take them back first.' },
      ),
    );
  const { minorOnDisk } = facts.files;
  if (minorOnDisk !== '' && minorOnDisk !== server.serverVersion)
    found.push(
      finding(
        'blocker',
        'RESTART_NOT_SAFE',
        host,
        `the restart would bring up PostgreSQL ${minorOnDisk}; ${server.serverVersion} runs`,
        {
          detail: 'It was upgraded on disk since it started.',
          hint: 'Restart PostgreSQL there in a change window of yours, then `runbook resume`.',
        },
      ),
    );
  return found;
}
