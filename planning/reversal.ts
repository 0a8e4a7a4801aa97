import type { Claimant } from '../workflows/contract/activities.js';
import type { KeptDirectory, Operation, ReversalKind } from '../workflows/contract/target.js';
import type { FailureCode } from '../workflows/contract/codes.js';
import type { FileFacts, OpenRecord } from './facts.js';

type Reversed = Pick<OpenRecord, 'op' | 'values'>;

/** What an undo or a purge is about, or why it is about nothing. */
export type Choice =
  | { record: Reversed; op: Operation; directories: KeptDirectory[] }
  | { code: FailureCode; because: string; blocks: boolean };

/** The operation whose replacement is taken back, or whose replaced data goes: the newest one that has any. */
export function chooseReversal(kind: ReversalKind, files: FileFacts, claimant: Claimant): Choice {
  const { records, closedRecords = [], kept = [] } = files;
  const busy = records.find(({ values }) => isInTheWay(kind, values, claimant));
  if (busy !== undefined) return inTheWay(busy);
  const all: Reversed[] = [...closedRecords, ...records].sort((a, b) =>
    (a.values.openedAt ?? '') < (b.values.openedAt ?? '') ? -1 : 1,
  );
  const begun = all.find(({ values }) => values[kind] === 'begun');
  const intact = kept.filter((directory) => directory.intact).map(withoutIntact);
  if (kind === 'purge') {
    const record = begun ?? all.findLast(({ op }) => intact.some((directory) => directory.op === op));
    return record === undefined
      ? nothing('NOTHING_TO_PURGE', 'nothing that was set aside is left')
      : { record, op: operationOf(record, claimant), directories: intact };
  }
  const record = begun ?? all.findLast(({ values }) => values.swapped === 'yes');
  if (record === undefined) return nothing('NOTHING_TO_UNDO', 'no operation has replaced its data');
  const { op, values } = record;
  if (values.undoneAt !== undefined)
    return nothing('NOTHING_TO_UNDO', `operation ${op} was undone at ${values.undoneAt}`);
  if (values.purgedAt !== undefined)
    return nothing('NOTHING_TO_UNDO', `what operation ${op} replaced was purged at ${values.purgedAt}`);
  if (values.old === undefined)
    return nothing('NOTHING_TO_UNDO', `operation ${op} has set no former data aside`);
  return {
    record,
    op: operationOf(record, claimant),
    directories: intact.filter((directory) => directory.op === op && directory.kind === 'replaced'),
  };
}

const withoutIntact = ({ intact: _, ...directory }: NonNullable<FileFacts['kept']>[number]): KeptDirectory =>
  directory;

const nothing = (code: FailureCode, because: string): Choice => ({ code, because, blocks: false });

/** Somebody is at work: another run, our own set-up short of its swap, or the other one of undo and purge. */
function isInTheWay(kind: ReversalKind, values: Record<string, string>, claimant: Claimant): boolean {
  const foreign = values.workflowId !== claimant.workflowId || values.server !== claimant.server;
  if (foreign) return true;
  if (values[kind] === 'begun') return false;
  // A set-up that ended past its swap, e.g. because the copy did not start, is what an undo is for.
  return kind === 'purge' || values.purge !== undefined || values.swapped !== 'yes';
}

function inTheWay({ op, values }: OpenRecord): Choice {
  if (values.undo !== undefined || values.purge !== undefined)
    return {
      code: 'REVERSAL_UNFINISHED',
      because: `the ${values.undo === undefined ? 'purge' : 'undo'} of operation ${op} has not ended`,
      blocks: true,
    };
  return {
    code: 'HOST_CLAIMED',
    because: `operation ${op} of run ${values.workflowId ?? '?'} is open on this data directory`,
    blocks: true,
  };
}

/** One epoch up from another run's, the same within this run. */
function operationOf({ op, values }: Reversed, { runId }: Claimant): Operation {
  const epoch = Number(values.epoch ?? 1);
  const sameRun = values.runId === runId;
  return { id: op, epoch: sameRun ? epoch : epoch + 1, adopted: !sameRun };
}
