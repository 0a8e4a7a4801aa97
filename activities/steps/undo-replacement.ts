import { serverLogCommand } from '../../planning/service.js';
import { editFileScript } from '../../planning/commands/follower-files.js';
import { putBackScript } from '../../planning/commands/put-back.js';
import { startFormerScript } from '../../planning/commands/start-former.js';
import { STATE_DIRECTORY } from '../../planning/commands/script.js';
import { withoutRunbookLine } from '../../planning/postgres/hba.js';
import {
  hbaRemovalCommands,
  putBackCommands,
  startFormerCommands,
} from '../../planning/reversal-commands.js';
import type { StepInput, StepResult } from '../../workflows/contract/activities.js';
import { followerAddress } from '../address-of.js';
import { stepFailure } from '../failures.js';
import { followerGuard } from '../guards.js';
import type { Host } from '../hosts/host.js';
import { leaderSql, onLeader } from '../on-leader.js';
import { outdated } from '../outdated.js';
import { readTextFile } from '../read-text-file.js';
import { requireReversalApproval } from '../require-approval.js';
import { runScript } from '../run-script.js';
import type { StepContext } from '../step.js';
import { oldServerOf } from './look-before-swap.js';
import { reversalScriptInput } from '../reversal-script-input.js';

/** Puts the former data back and its server at work on it, if it ran. The copy is only moved aside. */
export async function undoReplacement(input: StepInput, context: StepContext): Promise<StepResult> {
  const { follower } = input;
  requireReversalApproval(input.approvals, follower);
  await onLeader(input, context, (host) =>
    leaderSql(input, host, async (session) => {
      const waiting = await session.query<{ name: string }>(
        `select application_name as name from pg_stat_replication
          where sync_state in ('sync', 'quorum') and (application_name = $1 or client_addr = $2::inet)`,
        [follower.applicationName, follower.clientAddress === '' ? null : follower.clientAddress],
      );
      if (waiting.length > 0)
        throw stepFailure('FOLLOWER_IN_USE', follower.name, `it is a synchronous standby of ${host.name}`, {
          hint: 'Take it out of synchronous_standby_names, then `runbook resume`.',
        });
    }),
  );
  return context.hosts.use(followerAddress(input.config, follower.name), async (host) => {
    const script = putBackScript({
      ...reversalScriptInput(input, 'undoReplacement', putBackCommands(follower)),
      oldServer: oldServerOf(input),
      unit: follower.location.unit,
    });
    const { values } = await runScript(host, script).catch((error: unknown) => {
      throw outdated(input, error);
    });
    const leftovers = await removeHbaLines(input, host);
    const started = await startFormer(input, host, context);
    return {
      changed: values.changed === 'yes' || started.changed,
      evidence: `${follower.location.dataDirectory} is the former one again; ${started.evidence}`,
      leftovers: [
        ...leftovers,
        `${follower.name}: the copy lies in ${follower.location.dataDirectory}.displaced-${follower.op.id}; when nobody needs it: runbook purge ${input.config.cluster}`,
      ],
    };
  });
}

/** Our lines in the follower's own pg_hba.conf go. One within the data directory has come back with it. */
async function removeHbaLines(input: StepInput, host: Host): Promise<string[]> {
  const { location, reversal, op } = input.follower;
  const keys = reversal?.hbaKeys ?? [];
  const file = location.hbaFile;
  if (keys.length === 0 || file.startsWith(`${location.dataDirectory}/`)) return [];
  const { content: former, sha256 } = await readTextFile(host, file);
  const content = keys.reduce(withoutRunbookLine, former);
  if (content !== former)
    await runScript(
      host,
      editFileScript(followerGuard(input, 'undoReplacement', hbaRemovalCommands(file, keys)), {
        file,
        content,
        expectedSha256: sha256,
        backupName: 'pg_hba.conf.undo',
      }),
    );
  const original = `${STATE_DIRECTORY}/backup/${op.id}/pg_hba.conf`;
  const before = await readTextFile(host, original);
  return before.sha256 === '' || before.content === content
    ? []
    : [`${host.name}: ${file} has other changes since the run and keeps them; as it was: ${original}`];
}

async function startFormer(
  input: StepInput,
  host: Host,
  context: StepContext,
): Promise<{ changed: boolean; evidence: string }> {
  const { follower } = input;
  const { location } = follower;
  const script = startFormerScript({
    guard: followerGuard(input, 'undoReplacement', startFormerCommands(follower)),
    unit: location.unit,
    osUser: location.osUser,
    binDirectory: location.binDirectory,
    socketDirectory: location.socketDirectory,
    port: location.port,
  });
  let changed = false;
  for (;;) {
    const { values, text } = await runScript(host, script);
    changed ||= values.changed === 'yes';
    if (values.state === 'stopped')
      return { changed, evidence: 'its server was stopped before the swap and stays so' };
    if (values.state === 'up')
      return { changed, evidence: `its server answers, system identifier ${values.system ?? ''}` };
    if (values.state === 'failed')
      throw stepFailure('FORMER_START_FAILED', follower.name, 'its former server did not come up', {
        detail: text('log').trim(),
        hint: `Look at its log: \`${serverLogCommand(location)}\`. Then \`runbook resume\` starts it again.`,
      });
    await context.sleep(1_000);
  }
}
