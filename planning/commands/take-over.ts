import type { Holder } from '../../workflows/contract/failure.js';
import type { Claimant } from '../../workflows/contract/activities.js';
import { DURABLE } from './durable.js';
import { GUARD } from './guard.js';
import { buildScript } from './script.js';

export interface TakeOverScriptInput {
  dataDirectory: string;
  claimant: Claimant;
  holder: Holder;
  /** Who decided it. */
  by: string;
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

/**
 * Makes every open operation of the holder on a data directory one of the claimant's workflow, still in the
 * hands of a former run, as after a run that was ended: the survey adopts it one epoch up. The epoch rises here
 * too, so that from this moment an attempt of the holder, should it live, can do nothing. What of the holder's
 * is closed, and other runs' operations, stay as they are. Prints `taken`, the operations' ids.
 */
export function takeOverScript({ dataDirectory, claimant, holder, by }: TakeOverScriptInput): string {
  return buildScript({
    variables: {
      DATA: dataDirectory,
      OP: holder.op,
      WORKFLOW: oneLine(claimant.workflowId),
      SERVER: oneLine(claimant.server),
      FROM_WORKFLOW: holder.workflowId,
      FROM_SERVER: holder.server,
      BY: oneLine(by),
      JOURNAL: JSON.stringify({
        op: holder.op,
        by,
        step: 'takeOver',
        commands: [`operations of ${holder.workflowId} on ${holder.server} become ${claimant.workflowId}'s`],
      }),
    },
    functions: [DURABLE, GUARD],
    body: `
lock
taken=
for REC in "$STATE/op/$KEY"/*; do
  case $REC in *.tmp | *'*') continue ;; esac
  is_open "$REC" && [ "$(rec workflowId)" = "$FROM_WORKFLOW" ] && [ "$(rec server)" = "$FROM_SERVER" ] || continue
  [ -n "$taken" ] || journal
  epoch=$(($(rec epoch) + 1))
  was="run $(rec runId) of $FROM_WORKFLOW on $FROM_SERVER, by $BY at $(date -u +%FT%TZ)"
  { grep -Ev '^(workflowId|server|runId|epoch|takenFrom)=' "$REC"; printf '%s\\n' "workflowId=$WORKFLOW" "server=$SERVER" "runId=taken-over" "epoch=$epoch" "takenFrom=$was"; } | put_record || exit
  taken="$taken\${REC##*/} "
done
say taken "$taken"
`,
  });
}
