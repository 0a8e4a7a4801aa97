import type { RunConfig } from '../workflows/contract/config.js';
import type { CopyMode } from '../workflows/contract/target.js';
import type { Classified } from './classify.js';
import type { ClusterFacts, OpenRecord, ServerFacts } from './facts.js';
import type { Linked } from './linked-directories.js';
import { blockOn } from './findings/finding.js';
import { inPlaceFindings } from './findings/in-place-findings.js';
import { sideBySideFindings } from './findings/side-by-side-findings.js';

export interface ChosenMode {
  mode: CopyMode;
  /** In place: why; side by side where that is impossible: why in place is no way out. */
  because: string[];
}

/**
 * Where a copy is made. What an open operation has begun is gone on with. Else the configuration decides, and where
 * it leaves the choice: side by side, because that can be undone; in place only where nothing else is possible.
 */
export function copyMode(
  config: RunConfig,
  leader: { facts: ClusterFacts; server: ServerFacts },
  facts: ClusterFacts,
  linked: Linked,
  record: OpenRecord | undefined,
  classified: Classified,
): ChosenMode {
  const { mode } = config.copy;
  if (record?.values.wipeIntent !== undefined)
    return { mode: 'in-place', because: [`operation ${record.op} has begun so`] };
  if (record?.hasJob === true || record?.values.swapped === 'yes' || classified.class === 'copied')
    return { mode: 'side-by-side', because: [] };
  if (mode !== 'auto') return { mode, because: mode === 'in-place' ? ['copy.mode says in-place'] : [] };
  const block = blockOn('');
  const texts = (found: { message: string }[]): string[] =>
    found.map(({ message }) => message.replace(/^: /, ''));
  const against = texts(sideBySideFindings(leader, facts, linked, block));
  if (against.length === 0) return { mode: 'side-by-side', because: [] };
  const neither = texts(inPlaceFindings(leader, facts, linked, block));
  return neither.length === 0
    ? { mode: 'in-place', because: against }
    : { mode: 'side-by-side', because: neither.map((text) => `in place is no way out: ${text}`) };
}
